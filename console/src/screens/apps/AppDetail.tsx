// One app that people sign in to.
import Button from "@cloudscape-design/components/button";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import Skeleton from "@cloudscape-design/components/skeleton";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useParams } from "react-router";
import { both, closed, useAllowed } from "../../api/allowed";
import { Shell } from "../../app/Shell";
import { Failure } from "../../parts/Failure";
import { Name } from "../../parts/Name";
import { OnceSecret } from "../../parts/OnceSecret";
import { useApp } from "./api";
import { AppSummary } from "./AppSummary";
import { DeleteApp } from "./DeleteApp";
import { EditApp } from "./EditApp";
import { RotateSecret } from "./RotateSecret";

export default function AppDetail() {
  const clientId = useParams()["clientId"]!;
  const app = useApp(clientId);
  const allowed = useAllowed();
  const [open, setOpen] = useState<"edit" | "rotate" | "delete">();
  const [secret, setSecret] = useState<string>();
  const close = () => setOpen(undefined);
  const actions = (
    <SpaceBetween direction="horizontal" size="xs">
      <Button onClick={() => setOpen("delete")} {...both(allowed("chime:DeleteApp"), closed(app.data ? undefined : "The app is not known."))}>
        Delete
      </Button>
      <Button
        onClick={() => setOpen("rotate")}
        {...both(allowed("chime:UpdateApp"), closed(app.data?.Public === false ? undefined : "A public client has no secret."))}
      >
        New secret
      </Button>
      <Button onClick={() => setOpen("edit")} {...both(allowed("chime:UpdateApp"), closed(app.data ? undefined : "The app is not known."))}>
        Edit
      </Button>
    </SpaceBetween>
  );
  return (
    <Shell
      crumbs={[
        { text: "Apps", to: "/apps" },
        { text: app.data?.Name ?? clientId, to: "/apps/" + encodeURIComponent(clientId) },
      ]}
    >
      <ContentLayout
        header={
          <Header variant="h1" actions={actions}>
            <Name>{app.data?.Name ?? clientId}</Name>
          </Header>
        }
      >
        {app.error && <Failure doing="The app could not be read" error={app.error} retry={app.refetch} />}
        {app.isPending && <Skeleton height="300px" />}
        {app.data && <AppSummary app={app.data} />}
      </ContentLayout>
      {app.data && open === "edit" && <EditApp app={app.data} close={close} />}
      {app.data && open === "delete" && <DeleteApp app={app.data} close={close} />}
      {app.data && open === "rotate" && (
        <RotateSecret
          app={app.data}
          rotated={(made) => {
            setSecret(made);
            close();
          }}
          close={close}
        />
      )}
      {secret && (
        <OnceSecret
          title="The app has a new secret"
          items={[
            { label: "Client ID", value: clientId },
            { label: "Client secret", value: secret },
          ]}
          close={() => setSecret(undefined)}
        />
      )}
    </Shell>
  );
}
