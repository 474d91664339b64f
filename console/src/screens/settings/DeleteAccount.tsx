import { type Account, DeleteAccountCommand, ListUsersCommand } from "@aws-sdk/client-chime";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { Confirm } from "../../parts/Confirm";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { useDomains } from "../identity/api";

// retention is how long a deleted account can be restored, in days.
const retention = 90;

// DeleteAccount says what an account has to be without to be deleted, and whether it is.
export function DeleteAccount({ account, close }: { account: Account; close(): void }) {
  const { chime } = useSession();
  const navigate = useNavigate();
  const id = account.AccountId!;
  const domains = useDomains(id);
  const members = useQuery({
    queryKey: ["account", id, "has-members"],
    queryFn: ({ signal }) => chime.send(new ListUsersCommand({ AccountId: id, MaxResults: 1 }), { abortSignal: signal }),
    staleTime: 0,
  });
  const held = domains.data?.filter(({ Status }) => Status !== "Pending").map(({ DomainName }) => DomainName);
  const remove = useChange({
    run: () => chime.send(new DeleteAccountCommand({ AccountId: id })),
    stale: [["accounts"], ["deleted-accounts"]],
    done: () => `The account was deleted. It can be restored for ${retention} days.`,
  });
  return (
    <Confirm
      title="Delete this account?"
      submit="Delete"
      failed="The account was not deleted"
      acknowledge={`I understand that what is known of its former members goes at once, and the rest after ${retention} days`}
      run={() => remove.mutateAsync()}
      done={() => void navigate("/accounts")}
      close={close}
    >
      <Box>
        The account has to be without users and without verified domains. It can be restored for {retention} days, and is gone after
        that.
      </Box>
      <SpaceBetween size="xs">
        <Condition
          met={held && held.length === 0}
          yes="It holds no verified domain."
          no={`It holds ${held?.slice(0, 3).join(", ")}${(held?.length ?? 0) > 3 ? " and more" : ""}: remove its domains first.`}
        />
        <Condition
          met={members.data && !members.data.Users?.length}
          yes="It has no users."
          no={
            account.AccountType === "Team"
              ? "It has users: they have to be removed first, and whoever is invited too. Removed ones do not count."
              : "It has users: they leave when its domains are removed."
          }
        />
      </SpaceBetween>
    </Confirm>
  );
}

// Condition says whether something is as it has to be. The server decides in the end.
function Condition({ met, yes, no }: { met: boolean | undefined; yes: string; no: string }) {
  if (met === undefined) {
    return <StatusIndicator type="loading">Looking</StatusIndicator>;
  }
  return <StatusIndicator type={met ? "success" : "warning"}>{met ? yes : no}</StatusIndicator>;
}
