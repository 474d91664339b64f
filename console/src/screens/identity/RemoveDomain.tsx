import Box from "@cloudscape-design/components/box";
import { Confirm } from "../../parts/Confirm";
import { useChange } from "../../parts/change";
import { useSession } from "../../session/session";
import { accountKeys, type Domain, useDomains } from "./api";

// RemoveDomain asks once more, and says what is lost.
export function RemoveDomain({ account, domain, close }: { account: string; domain: Domain; close(): void }) {
  const { extensions } = useSession();
  const domains = useDomains(account);
  const name = domain.DomainName;
  const verified = domain.Status === "Verified";
  const last = verified && domains.data?.filter(({ Status }) => Status === "Verified").length === 1;
  const remove = useChange({
    run: () => extensions.call("DELETE", ["accounts", account, "domains", name]),
    stale: accountKeys(account),
    done: () => `${name} was removed.`,
  });
  return (
    <Confirm
      title={`Remove ${name}?`}
      submit="Remove"
      failed="The domain was not removed"
      acknowledge={verified ? `I understand that everybody who is registered with an address in ${name} is signed out and leaves this account` : undefined}
      run={() => remove.mutateAsync()}
      close={close}
    >
      {verified ? (
        <>
          <Box>
            Everybody who is registered with an address in {name} is signed out everywhere at once and is a member no longer. They keep
            their user id and can register anew. Whoever is suspended stays suspended.
          </Box>
          <Box>Nobody joins by {name} any more, and another account may verify it.</Box>
          {last && <Box fontWeight="bold">It is the last verified domain: the account becomes a Team account again, without an OpenID provider.</Box>}
        </>
      ) : (
        <Box>The claim is withdrawn. Claiming {name} again asks for another DNS record. Nobody is signed out.</Box>
      )}
    </Confirm>
  );
}
