import { type Account, ListAccountsCommand } from "@aws-sdk/client-chime";
import Autosuggest from "@cloudscape-design/components/autosuggest";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAllowed } from "../api/allowed";
import { useSession } from "../session/session";

// mostSuggested is how many accounts are suggested.
const mostSuggested = 20;

// longestName is how long an account's name may be, in characters: nothing longer is searched for.
const longestName = 100;

interface Props {
  value: string;
  placeholder?: string;
  // valueOf is what stands in the field for an account.
  valueOf(account: Account): string;
  change(value: string): void;
}

// AccountSuggest takes an account by what names it, or finds it by the beginning of its name.
export function AccountSuggest({ value, placeholder, valueOf, change }: Props) {
  const { chime } = useSession();
  const gate = useAllowed()("chime:ListAccounts");
  const [searched, setSearched] = useState<string>(); // undefined until the field is entered
  const accounts = useQuery({
    queryKey: ["accounts", "suggested", searched],
    queryFn: ({ signal }) =>
      chime.send(new ListAccountsCommand({ Name: searched || undefined, MaxResults: mostSuggested }), { abortSignal: signal }),
    enabled: !gate.disabled && searched !== undefined && searched.length <= longestName && !searched.startsWith("arn:"),
    placeholderData: (before) => before,
  });
  const options = (accounts.data?.Accounts ?? []).map((account) => ({
    value: valueOf(account),
    label: account.Name,
    description: valueOf(account),
  }));
  return (
    <Autosuggest
      value={value}
      options={options}
      filteringType="manual"
      placeholder={placeholder}
      enteredTextLabel={(text) => `Use ${text}`}
      empty="No account's name begins so"
      statusType={accounts.isFetching ? "loading" : accounts.error ? "error" : "finished"}
      loadingText="Looking for accounts"
      errorText="The accounts could not be read"
      onLoadItems={({ detail }) => setSearched(detail.filteringText.trim())}
      onChange={({ detail }) => change(detail.value)}
    />
  );
}
