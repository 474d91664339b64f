// The state of the directory at a glance.
import Alert from "@cloudscape-design/components/alert";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import Skeleton from "@cloudscape-design/components/skeleton";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Shell } from "../../app/Shell";
import { Failure } from "../../parts/Failure";
import { Moment } from "../../parts/Moment";
import { Readable } from "../../parts/Readable";
import { type Summary, useSummary } from "./api";
import { Confirmations } from "./Confirmations";
import { lastDays } from "./days";
import { Numbers } from "./Numbers";
import { PerDay } from "./PerDay";
import { QuickLinks } from "./QuickLinks";
import { Shares } from "./Shares";

// shownDays is how many days the charts go back.
const shownDays = 30;

export default function Dashboard() {
  const summary = useSummary();
  return (
    <Shell crumbs={[{ text: "Dashboard", to: "/" }]}>
      <ContentLayout header={<DashboardHeader summary={summary.data} />}>
        <SpaceBetween size="l">
          <QuickLinks />
          {summary.error && <Failure doing="The summary could not be read" error={summary.error} retry={summary.refetch} />}
          <Readable action="chime:GetSummary">{summary.isPending && <Skeleton height="600px" />}</Readable>
          {summary.data === null && (
            <Alert type="info" header="Nothing has been counted yet">
              The server counts in the background, beginning a little after its start. This page looks again by itself.
            </Alert>
          )}
          {summary.data && <Charts summary={summary.data} />}
        </SpaceBetween>
      </ContentLayout>
    </Shell>
  );
}

function DashboardHeader({ summary }: { summary: Summary | null | undefined }) {
  return (
    <Header
      variant="h1"
      description={
        summary?.ComputedTimestamp ? (
          <>
            Counted in the background, last at <Moment at={summary.ComputedTimestamp} />
          </>
        ) : (
          "Counted in the background"
        )
      }
    >
      Dashboard
    </Header>
  );
}

const halves = [{ colspan: { default: 12, s: 6 } }, { colspan: { default: 12, s: 6 } }];

function Charts({ summary }: { summary: Summary }) {
  const days = lastDays(summary.Days, shownDays, new Date());
  return (
    <SpaceBetween size="l">
      <Numbers summary={summary} />
      <Grid gridDefinition={[...halves, ...halves]}>
        <Shares
          title="Members by state"
          of={[
            ["Registered", summary.Registered],
            ["Invited", summary.Unregistered],
            ["Suspended", summary.Suspended],
          ]}
          empty="There are no members yet."
        />
        <Shares
          title="Members by license"
          of={[
            ["Basic", summary.Basic],
            ["Plus", summary.Plus],
            ["Pro", summary.Pro],
            ["Pro trial", summary.ProTrial],
          ]}
          empty="Nobody has a license yet."
        />
        <PerDay title="Sign-ins" days={days} of={({ SignIns }) => SignIns} empty="Nobody signed in." />
        <PerDay title="Suspensions" days={days} of={({ Suspensions }) => Suspensions} empty="Nobody was suspended." />
      </Grid>
      <Confirmations days={days} />
    </SpaceBetween>
  );
}
