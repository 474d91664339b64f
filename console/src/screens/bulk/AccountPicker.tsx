import { ListAccountsCommand } from "@aws-sdk/client-chime";
import FormField from "@cloudscape-design/components/form-field";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSession } from "../../session/session";
import { accountOf } from "./hooks";

// pageSize is how many accounts are read at a time.
const pageSize = 50;

// AccountPicker chooses an account among those whose name begins with what is typed, however many there are.
export function AccountPicker({ chosen, choose }: { chosen: { id: string; name: string } | undefined; choose(id: string): void }) {
  const { chime } = useSession();
  const [prefix, setPrefix] = useState("");
  const accounts = useInfiniteQuery({
    queryKey: ["accounts", "picked", prefix],
    queryFn: ({ pageParam, signal }) =>
      chime.send(new ListAccountsCommand({ Name: prefix || undefined, NextToken: pageParam, MaxResults: pageSize }), { abortSignal: signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ NextToken }) => NextToken,
  });
  const options = (accounts.data?.pages ?? []).flatMap(({ Accounts }) => Accounts ?? []).map(accountOf);
  const status: SelectProps["statusType"] = accounts.isError ? "error" : accounts.isFetching ? "loading" : accounts.hasNextPage ? "pending" : "finished";
  return (
    <FormField label="Account" description="All whom you list are looked for in this account.">
      <Select
        selectedOption={chosen ? { value: chosen.id, label: chosen.name } : null}
        options={options.map(({ id, name }) => ({ value: id, label: name, description: id }))}
        placeholder="Choose an account"
        filteringType="manual"
        filteringPlaceholder="Name begins with"
        filteringAriaLabel="Find an account"
        statusType={status}
        empty="No account has such a name"
        errorText="The accounts could not be read."
        recoveryText="Try again"
        loadingText="Reading the accounts"
        onLoadItems={({ detail }) => {
          if (detail.filteringText !== prefix) {
            setPrefix(detail.filteringText);
          } else if (detail.samePage) {
            void accounts.refetch();
          } else if (!detail.firstPage && accounts.hasNextPage && !accounts.isFetching) {
            void accounts.fetchNextPage();
          }
        }}
        onChange={({ detail }) => choose(detail.selectedOption.value!)}
      />
    </FormField>
  );
}
