// One account: its users, where they come from, its settings, and who was invited.
import type { Account } from "@aws-sdk/client-chime";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import type { ReactNode } from "react";
import { useNavigate, useParams } from "react-router";
import { statusOf } from "../../api/errors";
import { path, useFollow } from "../../app/links";
import { Loading } from "../../app/Loading";
import { NotFound } from "../../app/NotFound";
import { Shell } from "../../app/Shell";
import { Failure } from "../../parts/Failure";
import { Name } from "../../parts/Name";
import { Identity } from "../identity/Identity";
import { Invitations } from "../invitations/Invitations";
import { Settings } from "../settings/Settings";
import { Users } from "../users/Users";
import { useAccount } from "./api";
import { Counts } from "./Counts";
import { kindOf } from "./kinds";

const tabs = ["users", "identity", "settings", "invitations"] as const;
type Tab = (typeof tabs)[number];
const labels: Record<Tab, string> = { users: "Users", identity: "Identity", settings: "Settings", invitations: "Invitations" };

export default function AccountPage() {
  const { accountId = "", tab = "users" } = useParams();
  const account = useAccount(accountId);
  if (!tabs.includes(tab as Tab)) {
    return <NotFound />;
  }
  if (account.isError && statusOf(account.error) === 404) {
    return <NotFound what="account" />;
  }
  const name = account.data?.Name ?? accountId;
  return (
    <Shell
      crumbs={[
        { text: "Accounts", to: "/accounts" },
        { text: name, to: path("accounts", accountId) },
        ...(tab === "users" ? [] : [{ text: labels[tab as Tab], to: path("accounts", accountId, tab) }]),
      ]}
    >
      {account.data ? (
        <AccountTabs account={account.data} tab={tab as Tab} />
      ) : account.error ? (
        <Failure doing="The account could not be read" error={account.error} retry={account.refetch} />
      ) : (
        <Loading />
      )}
    </Shell>
  );
}

function AccountTabs({ account, tab }: { account: Account; tab: Tab }) {
  const { href } = useFollow();
  const navigate = useNavigate();
  const content: Record<Tab, () => ReactNode> = {
    users: () => <Users account={account} />,
    identity: () => <Identity account={account} />,
    settings: () => <Settings account={account} />,
    invitations: () => <Invitations account={account} />,
  };
  const to = (id: string) => path("accounts", account.AccountId!, id);
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        description={
          <>
            {kindOf(account.AccountType).label} account. <Counts account={account.AccountId!} />
          </>
        }
      >
        <Name>{account.Name}</Name>
      </Header>
      <Tabs
        activeTabId={tab}
        ariaLabel="Parts of the account"
        onChange={({ detail }) => void navigate(to(detail.activeTabId))}
        tabs={tabs.map((id) => ({ id, label: labels[id], href: href(to(id)), content: id === tab && content[id]() }))}
      />
    </SpaceBetween>
  );
}
