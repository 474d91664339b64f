// One record of the audit.
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Skeleton from "@cloudscape-design/components/skeleton";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "react-router";
import { useAllowed } from "../../api/allowed";
import { statusOf } from "../../api/errors";
import { path, To } from "../../app/links";
import { NotFound } from "../../app/NotFound";
import { Shell } from "../../app/Shell";
import { Copyable } from "../../parts/Copyable";
import { Failure } from "../../parts/Failure";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { Readable } from "../../parts/Readable";
import { useSession } from "../../session/session";
import { auditKey } from "./api";
import { Outcome } from "./Audit";
import { type AuditRecord, documentOf } from "./record";

export default function AuditDetail() {
  const eventId = useParams()["eventId"]!;
  const { extensions } = useSession();
  const gate = useAllowed()("chime:GetAuditRecord");
  const record = useQuery({
    enabled: !gate.disabled,
    queryKey: [...auditKey, "one", eventId],
    queryFn: () => extensions.call<{ Record: AuditRecord }>("GET", ["audit", eventId]),
    select: ({ Record }) => Record,
    staleTime: Infinity, // a record does not change
  });
  if (record.error && statusOf(record.error) === 404) {
    return <NotFound what="record" />;
  }
  return (
    <Shell
      crumbs={[
        { text: "Audit", to: "/audit" },
        { text: record.data?.EventName ?? "Record", to: "/audit/" + encodeURIComponent(eventId) },
      ]}
    >
      <ContentLayout header={<Header variant="h1">{record.data?.EventName ?? "Record"}</Header>}>
        {record.error && <Failure doing="The record could not be read" error={record.error} retry={record.refetch} />}
        <Readable action="chime:GetAuditRecord">{record.isPending && <Skeleton height="400px" />}</Readable>
        {record.data && <Record record={record.data} />}
      </ContentLayout>
    </Shell>
  );
}

function Record({ record }: { record: AuditRecord }) {
  const navigate = useNavigate();
  const document = JSON.stringify(documentOf(record), null, 2);
  const samePrincipal = "/audit?" + new URLSearchParams({ principal: record.Principal }).toString();
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header variant="h2" actions={<Button onClick={() => void navigate(samePrincipal)}>More by this principal</Button>}>
            Summary
          </Header>
        }
      >
        <KeyValuePairs
          columns={3}
          minColumnWidth={230}
          items={[
            { label: "Time", value: <Moment at={record.EventTime} /> },
            { label: "Outcome", value: <Outcome code={record.ErrorCode} /> },
            { label: "Repeated", value: record.Repeats ? `${record.Repeats} more times within a minute` : "No" },
            { label: "Principal", value: <Name>{record.Principal}</Name> },
            {
              label: "Account",
              value: record.AccountId ? (
                <To to={path("accounts", record.AccountId)}>
                  <Name>{record.AccountId}</Name>
                </To>
              ) : (
                "–"
              ),
            },
            { label: "Event ID", value: <Copyable text={record.EventId} what="the event ID" /> },
          ]}
        />
      </Container>
      <Container
        header={
          <Header
            variant="h2"
            description="In the form of CloudTrail."
            actions={
              <CopyToClipboard
                copyButtonText="Copy"
                textToCopy={document}
                copySuccessText="Copied"
                copyErrorText="The browser did not let it be copied: select it instead"
              />
            }
          >
            Document
          </Header>
        }
      >
        <pre className="document">{document}</pre>
      </Container>
    </SpaceBetween>
  );
}
