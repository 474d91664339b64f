// Which apps were told of a user's last sign-out, as it happens.
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { isKnown, useAllowed } from "../../api/allowed";
import { Failure } from "../../parts/Failure";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { type Signout, useSignouts } from "./api";

export function Signouts({ account, user }: { account: string; user: string }) {
  const gate = useAllowed(account)("chime:ListSignouts");
  const signouts = useSignouts(account, user, !gate.disabled);
  const newest = [...(signouts.data ?? [])].sort((a, b) => b.CreatedTimestamp.localeCompare(a.CreatedTimestamp));
  const last = newest.filter(({ EventId }) => EventId === newest[0]?.EventId);
  const earlier = newest.slice(last.length);
  return (
    <Container header={<Header variant="h2" description="The apps that were told of a sign-out, and when they confirmed it.">Who was told</Header>}>
      <SpaceBetween size="m">
        {signouts.error && <Failure doing="The sign-outs could not be read" error={signouts.error} retry={signouts.refetch} />}
        {last.length === 0 ? (
          <Box color="text-body-secondary">{gate.disabledReason ?? (signouts.isLoading || !isKnown(gate) ? "Loading" : "No app had to be told of a sign-out in the last 90 days.")}</Box>
        ) : (
          <Told label="Apps told of the last sign-out" signouts={last} />
        )}
        {earlier.length > 0 && (
          <ExpandableSection headerText={`Earlier sign-outs (${earlier.length})`}>
            <Told label="Apps told of earlier sign-outs" signouts={earlier} />
          </ExpandableSection>
        )}
      </SpaceBetween>
    </Container>
  );
}

function Told({ label, signouts }: { label: string; signouts: Signout[] }) {
  return (
    <Table
      variant="embedded"
      items={signouts}
      trackBy={({ EventId, ClientId }) => `${EventId} ${ClientId}`}
      ariaLabels={{ tableLabel: label }}
      wrapLines
      columnDefinitions={[
        { id: "app", header: "App", isRowHeader: true, cell: (signout) => <Name>{appOf(signout)}</Name> },
        { id: "status", header: "Status", cell: (signout) => <Status signout={signout} /> },
        { id: "what", header: "What ended", cell: ({ Kind }) => (Kind === "SessionEnded" ? "One session" : "All sessions") },
        { id: "when", header: "Ended", cell: ({ CreatedTimestamp }) => <Moment at={CreatedTimestamp} /> },
        { id: "confirmed", header: "Confirmed", cell: (signout) => <Delay signout={signout} /> },
      ]}
    />
  );
}

function appOf({ AppName, ClientId }: Signout): string {
  return AppName ?? ClientId ?? "Its apps are being looked up";
}

function Status({ signout: { Status, Attempts, Error } }: { signout: Signout }) {
  switch (Status) {
    case "Confirmed":
      return <StatusIndicator>Confirmed</StatusIndicator>;
    case "Failed":
      return <StatusIndicator type="error">Given up: {Error}</StatusIndicator>;
    default:
      return Attempts > 0 && Error ? (
        <StatusIndicator type="warning">
          Tried {Attempts === 1 ? "once" : `${Attempts} times`}: {Error}
        </StatusIndicator>
      ) : (
        <StatusIndicator type="in-progress">Being told</StatusIndicator>
      );
  }
}

// Delay says when an app confirmed, and how long after the sign-out that was.
function Delay({ signout: { CreatedTimestamp, ConfirmedTimestamp } }: { signout: Signout }) {
  if (!ConfirmedTimestamp) {
    return <>–</>;
  }
  const milliseconds = Date.parse(ConfirmedTimestamp) - Date.parse(CreatedTimestamp);
  return (
    <>
      <Moment at={ConfirmedTimestamp} /> <Box variant="small">after {(Math.max(0, milliseconds) / 1000).toLocaleString()} s</Box>
    </>
  );
}
