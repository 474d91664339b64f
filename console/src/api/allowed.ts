// What the caller may do, asked of the server beforehand: what is not allowed is shown disabled, with the reason.
import { useQuery } from "@tanstack/react-query";
import { type Caller, useSession } from "../session/session";

// Gate is what a button or a menu's item needs to know; it can be spread into either.
export interface Gate {
  disabled: boolean;
  disabledReason?: string;
}

// isKnown says whether the server has answered what the gate asks about.
export const isKnown = ({ disabled, disabledReason }: Gate) => !disabled || disabledReason !== undefined;

const open: Gate = { disabled: false };
const unknown: Gate = { disabled: true };

// useAllowed returns the gate of each action, such as "chime:DeleteAccount", on the account, or on the tenant when there
// is none.
export function useAllowed(accountId?: string): (action: string) => Gate {
  const { caller, extensions } = useSession();
  const asked = useQuery({
    queryKey: ["caller", accountId],
    queryFn: () => extensions.call<Caller>("GET", ["caller"], { "account-id": accountId }),
    enabled: accountId !== undefined,
    staleTime: 60_000,
  });
  const known = accountId === undefined ? caller : asked.data;
  return (action) => {
    if (!known) {
      // What is allowed everywhere is as good as certain on the account, and need not wait.
      return caller.AllowedActions.includes(action) ? open : unknown;
    }
    return known.AllowedActions.includes(action) ? open : { disabled: true, disabledReason: `Your policies do not allow ${action}.` };
  };
}

// both is the gate of what needs one thing after the other: the first that is closed says why.
export function both(...gates: Gate[]): Gate {
  return gates.find(({ disabled }) => disabled) ?? open;
}

// closed is the gate of what cannot be done now, whoever asks; undefined opens it.
export function closed(reason: string | undefined): Gate {
  return reason === undefined ? open : { disabled: true, disabledReason: reason };
}
