import Box from "@cloudscape-design/components/box";
import { Confirm } from "../../parts/Confirm";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { accountKeys } from "./api";

export function DisconnectProvider({ account, close }: { account: string; close(): void }) {
  const { extensions } = useSession();
  const disconnect = useChange({
    run: () => extensions.call("DELETE", ["accounts", account, "openid-config"]),
    stale: accountKeys(account),
    done: () => "The provider was disconnected.",
  });
  return (
    <Confirm
      title="Disconnect the OpenID provider?"
      submit="Disconnect"
      failed="The provider was not disconnected"
      acknowledge="I understand that people sign in by other ways from now on"
      run={() => disconnect.mutateAsync()}
      close={close}
    >
      <Box>
        The account becomes EnterpriseLWA. Its people sign in by mailed codes and passkeys, and the provider's groups no longer decide
        who has which license or who is kept out. Whom the provider alone kept out can sign in again: suspend them here first.
      </Box>
    </Confirm>
  );
}
