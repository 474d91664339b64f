// The accounts of the tenant, or a member of one of them, or those that were deleted.
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useSearchParams } from "react-router";
import { Shell } from "../../app/Shell";
import { AccountSearch } from "./AccountSearch";
import { AccountTable } from "./AccountTable";
import { DisabledAccounts } from "./DisabledAccounts";
import { isAddress } from "./api";
import { MembersFound } from "./MembersFound";

export default function Accounts() {
  const [query, setQuery] = useSearchParams();
  const search = query.get("search") ?? "";
  const show = query.get("show") === "disabled" ? "disabled" : "active";
  const change = (next: Record<string, string>) => setQuery(next, { replace: true });
  return (
    <Shell crumbs={[{ text: "Accounts", to: "/accounts" }]}>
      <SpaceBetween size="m">
        <Header variant="h1" description="An account is a group of users that is administered as one: a team, or everybody of some mail domains.">
          Accounts
        </Header>
        <Tabs
          activeTabId={show}
          onChange={({ detail }) => change(detail.activeTabId === "disabled" ? { show: "disabled" } : {})}
          ariaLabel="Which accounts"
          tabs={[
            {
              id: "active",
              label: "Active",
              content: (
                <SpaceBetween size="m">
                  <AccountSearch value={search} change={(text) => change(text ? { search: text } : {})} />
                  {isAddress(search) ? <MembersFound address={search} /> : <AccountTable prefix={search} />}
                </SpaceBetween>
              ),
            },
            { id: "disabled", label: "Disabled", content: <DisabledAccounts /> },
          ]}
        />
      </SpaceBetween>
    </Shell>
  );
}
