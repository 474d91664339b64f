// Makes a run: what, whom, a look at what would happen, and go.
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import type { Plan } from "../../bulk/types";
import { both, useAllowed } from "../../api/allowed";
import { Shell } from "../../app/Shell";
import { Failure } from "../../parts/Failure";
import type { Filter } from "../users/api";
import { UserFilter } from "../users/UserFilter";
import { AccountPicker } from "./AccountPicker";
import { ActionFields, type Choice, useActionGates } from "./ActionFields";
import { useAccountOf } from "./hooks";
import { Preview } from "./Preview";
import { useLookUp } from "./useLookUp";
import { noSource, WhoField } from "./WhoField";
import { actions } from "./words";

const filterNames = ["email-prefix", "status", "license", "user-type"] as const;

// useGiven is what another screen has chosen already, by the address: the account, the action, and whom a filter means.
function useGiven() {
  const [query] = useSearchParams();
  const of = (name: string) => query.get(name) ?? "";
  const filter: Filter = { "email-prefix": of("email-prefix"), status: of("status"), license: of("license"), "user-type": of("user-type") };
  return {
    account: of("account") || undefined,
    action: actions.find((action) => action === of("action")),
    filter,
    filtered: filterNames.some((name) => query.has(name)),
  };
}

export default function NewBulkRun() {
  const given = useGiven();
  const navigate = useNavigate();
  const [accountId, setAccountId] = useState(given.account);
  const account = useAccountOf(accountId);
  const [choice, setChoice] = useState<Choice>({ action: given.action, license: undefined, again: false });
  const [filter, setFilter] = useState(given.filter);
  const [filtered, setFiltered] = useState(given.filtered);
  const [source, setSource] = useState(noSource);
  const gate = useActionGates(account.data);
  const { state, begin, end } = useLookUp();
  const missing = whatIsMissing(account.data !== undefined, choice, filtered || source.read.entries.length > 0);
  const filterGate = useAllowed(accountId)("chime:ListUsersByFilter");
  const gated = both(...(choice.action && account.data ? [gate(choice.action)] : []), ...(filtered ? [filterGate] : []));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (missing || gated.disabled || !account.data || !choice.action) {
      return;
    }
    const plan: Plan = {
      action: choice.action, account: account.data,
      ...(choice.action === "update" && { license: choice.license }), ...(choice.action === "invite" && { again: choice.again }),
    };
    void begin(plan, filtered ? { filter } : { entries: source.read.entries });
  };
  const crumbs = [{ text: "Bulk work", to: "/bulk" }, { text: "New run", to: "/bulk/new" }];
  if (state.phase === "found") {
    return (
      <Shell crumbs={crumbs}>
        <Preview plan={state.plan} targets={state.targets} back={end} />
      </Shell>
    );
  }
  const looking = state.phase === "looking";
  return (
    <Shell crumbs={crumbs}>
      <form onSubmit={submit}>
        <Form
          header={<Header variant="h1">New run</Header>}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" onClick={looking ? end : () => void navigate("/bulk")}>
                Cancel
              </Button>
              <Button
                variant="primary"
                formAction="submit"
                loading={looking}
                disabled={Boolean(missing) || gated.disabled}
                disabledReason={missing ?? gated.disabledReason}
              >
                Look everybody up
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            {account.error && <Failure doing="The account could not be read" error={account.error} retry={account.refetch} />}
            {state.phase === "failed" && <Failure doing="Not everybody could be looked up" error={state.error} />}
            <Container header={<Header variant="h2">Who</Header>}>
              <SpaceBetween size="m">
                <AccountPicker chosen={account.data} choose={setAccountId} />
                <SegmentedControl
                  label="How whom you mean is said"
                  selectedId={filtered ? "filter" : "list"}
                  options={[{ id: "list", text: "By a list" }, { id: "filter", text: "All that match" }]}
                  onChange={({ detail }) => setFiltered(detail.selectedId === "filter")}
                />
                {filtered ? (
                  <FormField label="All users that match" description="Without a filter, all users of the account." stretch>
                    <UserFilter account={accountId ?? ""} value={filter} change={setFilter} />
                  </FormField>
                ) : (
                  <WhoField source={source} change={setSource} />
                )}
              </SpaceBetween>
            </Container>
            <Container header={<Header variant="h2">What</Header>}>
              <ActionFields account={account.data} choice={choice} change={setChoice} />
            </Container>
            {looking && (
              <ProgressBar
                label="Looking everybody up"
                description="Nothing is changed yet."
                value={state.total ? (100 * state.done) / state.total : 0}
                additionalInfo={`${state.done.toLocaleString()} ${state.total ? "of " + state.total.toLocaleString() : "found"}`}
              />
            )}
          </SpaceBetween>
        </Form>
      </form>
    </Shell>
  );
}

function whatIsMissing(account: boolean, { action, license }: Choice, whom: boolean): string | undefined {
  if (!account) {
    return "Choose an account.";
  }
  if (!whom) {
    return "Say who is meant.";
  }
  return action === undefined ? "Choose what is to be done." : action === "update" && !license ? "Choose a license." : undefined;
}
