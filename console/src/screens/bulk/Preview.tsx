// What a run will do to each, before it does.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { randomId } from "../../app/random";
import { newRun, tally } from "../../bulk/plan";
import type { EffectKind, Plan, Target } from "../../bulk/types";
import { Failure } from "../../parts/Failure";
import { Name } from "../../parts/Name";
import { ConfirmRun } from "./ConfirmRun";
import { useRunner } from "./hooks";
import { TargetTable } from "./TargetTable";
import { count, doingOf, titleOf } from "./words";

export const effectIcons: Record<EffectKind, StatusIndicatorProps.Type> = { change: "success", nothing: "info", refuse: "warning" };

export function Preview({ plan, targets, back }: { plan: Plan; targets: Target[]; back(): void }) {
  const { runner, owner } = useRunner();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<unknown>();
  const tallies = useMemo(() => tally(targets), [targets]);
  const changing = tallies.reduce((sum, of) => sum + (of.kind === "change" ? of.count : 0), 0);
  const start = async () => {
    const [run, blocks] = newRun(plan, targets, owner, randomId(), Date.now());
    try {
      await runner.create(run, blocks);
    } catch (refusal) {
      setAsking(false);
      setError(refusal);
      return;
    }
    void runner.start(owner, run.id);
    void navigate("/bulk/" + run.id);
  };
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="Nothing has been changed yet."
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={back}>Back</Button>
            <Button variant="primary" disabled={changing === 0} disabledReason="There is nothing to do." onClick={() => setAsking(true)}>
              {doingOf(plan)} {changing.toLocaleString()}
            </Button>
          </SpaceBetween>
        }
      >
        {titleOf(plan)}: what will happen
      </Header>
      {error !== undefined && <Failure doing="The browser could not keep the run, so it was not begun" error={error} />}
      <Container header={<Header variant="h2">{count(targets.length, "entry", "entries")} for <Name>{plan.account.name}</Name></Header>}>
        {targets.length === 0 && <Box>Nobody was found.</Box>}
        <ColumnLayout columns={3} variant="text-grid">
          {tallies.map(({ kind, text, count: n }) => (
            <div key={text}>
              <Box fontSize="heading-l" fontWeight="bold">
                {n.toLocaleString()}
              </Box>
              <StatusIndicator type={effectIcons[kind]}>{text}</StatusIndicator>
            </div>
          ))}
        </ColumnLayout>
      </Container>
      {tallies.some(({ kind }) => kind === "refuse") && (
        <Alert type="warning">Those marked with a warning are left out. Everybody else is dealt with.</Alert>
      )}
      <TargetTable targets={targets} tallies={tallies} />
      {asking && <ConfirmRun plan={plan} targets={targets} changing={changing} start={start} close={() => setAsking(false)} />}
    </SpaceBetween>
  );
}
