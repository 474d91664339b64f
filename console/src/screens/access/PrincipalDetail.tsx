// One principal: its keys and its policies.
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Skeleton from "@cloudscape-design/components/skeleton";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { both, closed, useAllowed } from "../../api/allowed";
import { Shell } from "../../app/Shell";
import { Copyable } from "../../parts/Copyable";
import { Failure } from "../../parts/Failure";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { type Principal, usePrincipals } from "./api";
import { Keys } from "./Keys";
import { PoliciesOf } from "./PoliciesOf";
import { ActiveState } from "./Principals";
import { ChangePrincipal, DeletePrincipal } from "./PrincipalDialogs";

export default function PrincipalDetail() {
  const name = useParams()["name"]!;
  const principals = usePrincipals();
  const principal = principals.data?.find(({ UserName }) => UserName === name);
  return (
    <Shell
      crumbs={[
        { text: "Access", to: "/access" },
        { text: name, to: "/access/principals/" + encodeURIComponent(name) },
      ]}
    >
      <ContentLayout
        header={
          <Header variant="h1" actions={principal && <Actions principal={principal} />}>
            <Name>{name}</Name>
          </Header>
        }
      >
        {principals.error && <Failure doing="The principal could not be read" error={principals.error} retry={principals.refetch} />}
        {principals.isPending && <Skeleton height="300px" />}
        {principals.data && !principal && <Container>There is no principal of this name.</Container>}
        {principal && (
          <SpaceBetween size="l">
            <Summary principal={principal} />
            <Keys principal={principal} />
            {!principal.Root && <PoliciesOf principal={principal} />}
          </SpaceBetween>
        )}
      </ContentLayout>
    </Shell>
  );
}

function Summary({ principal }: { principal: Principal }) {
  return (
    <Container header={<Header variant="h2">Principal</Header>}>
      <KeyValuePairs
        columns={2}
        items={[
          { label: "Status", value: <ActiveState status={principal.Status} /> },
          { label: "Created", value: <Moment at={principal.CreateTimestamp} /> },
          { label: "ARN", value: <Copyable text={principal.Arn} what="the ARN" /> },
          { label: "Unique ID", value: <Copyable text={principal.UserId} what="the unique ID" /> },
        ]}
      />
    </Container>
  );
}

function Actions({ principal }: { principal: Principal }) {
  const allowed = useAllowed();
  const navigate = useNavigate();
  const [open, setOpen] = useState<"delete" | "change">();
  const root = closed(principal.Root ? "The root is always there. Disable or delete its keys." : undefined);
  const close = () => setOpen(undefined);
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button onClick={() => void navigate("/access/simulator?" + new URLSearchParams({ principal: principal.UserName }).toString())}>Simulate</Button>
      <Button onClick={() => setOpen("change")} {...both(root, allowed("iam:UpdateUser"))}>
        {principal.Status === "Active" ? "Disable" : "Enable"}
      </Button>
      <Button onClick={() => setOpen("delete")} {...both(root, allowed("iam:DeleteUser"))}>
        Delete
      </Button>
      {open === "change" && <ChangePrincipal principal={principal} close={close} />}
      {open === "delete" && <DeletePrincipal principal={principal} close={close} />}
    </SpaceBetween>
  );
}
