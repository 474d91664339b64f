// The accounts of the tenant.
import { ListAccountsCommand } from "@aws-sdk/client-chime";
import Header from "@cloudscape-design/components/header";
import Table from "@cloudscape-design/components/table";
import { useQuery } from "@tanstack/react-query";
import { Shell } from "../../app/Shell";
import { useSession } from "../../session/session";

export default function Accounts() {
  const { chime } = useSession();
  const accounts = useQuery({ queryKey: ["accounts"], queryFn: ({ signal }) => chime.send(new ListAccountsCommand({}), { abortSignal: signal }) });
  return (
    <Shell crumbs={[{ text: "Accounts", to: "/accounts" }]}>
      <Table
        header={<Header variant="h1">Accounts</Header>}
        loading={accounts.isPending}
        items={accounts.data?.Accounts ?? []}
        columnDefinitions={[
          { id: "name", header: "Name", cell: ({ Name }) => Name },
          { id: "type", header: "Type", cell: ({ AccountType }) => AccountType },
        ]}
      />
    </Shell>
  );
}
