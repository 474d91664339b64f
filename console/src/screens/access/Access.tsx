// Who may call this server, and what they may do.
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import Tabs from "@cloudscape-design/components/tabs";
import type { ReactNode } from "react";
import { useHref, useNavigate } from "react-router";
import { Shell } from "../../app/Shell";
import { Readable } from "../../parts/Readable";
import { Administrators } from "./Administrators";
import { Policies } from "./Policies";
import { Principals } from "./Principals";
import { Simulator } from "./Simulator";

export type AccessTab = "principals" | "administrators" | "policies" | "simulator";

const tabs: { id: AccessTab; label: string; action: string; content: ReactNode }[] = [
  { id: "principals", label: "Principals", action: "iam:ListUsers", content: <Principals /> },
  { id: "administrators", label: "Administrators", action: "iam:ListAdministrators", content: <Administrators /> },
  { id: "policies", label: "Policies", action: "iam:ListPolicies", content: <Policies /> },
  { id: "simulator", label: "Simulator", action: "iam:SimulatePrincipalPolicy", content: <Simulator /> },
];

export default function Access({ tab }: { tab: AccessTab }) {
  const base = useHref("/access");
  const navigate = useNavigate();
  return (
    <Shell crumbs={[{ text: "Access", to: "/access" }]}>
      <ContentLayout
        header={
          <Header variant="h1" description="People are administrators by a role; programs are principals with access keys.">
            Access
          </Header>
        }
      >
        <Tabs
          ariaLabel="Access"
          activeTabId={tab}
          tabs={tabs.map(({ id, label, action, content }) => ({
            id,
            label,
            href: `${base}/${id}`,
            content: id === tab && <Readable action={action}>{content}</Readable>,
          }))}
          onChange={({ detail }) => void navigate("/access/" + detail.activeTabId)}
        />
      </ContentLayout>
    </Shell>
  );
}
