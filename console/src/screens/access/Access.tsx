// Who may call this server, and what they may do.
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import Tabs from "@cloudscape-design/components/tabs";
import type { ReactNode } from "react";
import { useHref, useNavigate } from "react-router";
import { Shell } from "../../app/Shell";
import { Administrators } from "./Administrators";
import { Policies } from "./Policies";
import { Principals } from "./Principals";
import { Simulator } from "./Simulator";

export type AccessTab = "principals" | "administrators" | "policies" | "simulator";

const tabs: { id: AccessTab; label: string; content: ReactNode }[] = [
  { id: "principals", label: "Principals", content: <Principals /> },
  { id: "administrators", label: "Administrators", content: <Administrators /> },
  { id: "policies", label: "Policies", content: <Policies /> },
  { id: "simulator", label: "Simulator", content: <Simulator /> },
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
          tabs={tabs.map((each) => ({ ...each, href: `${base}/${each.id}` }))}
          onChange={({ detail }) => void navigate("/access/" + detail.activeTabId)}
        />
      </ContentLayout>
    </Shell>
  );
}
