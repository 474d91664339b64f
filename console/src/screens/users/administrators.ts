import type { User } from "@aws-sdk/client-chime";
import { useQuery } from "@tanstack/react-query";
import { useAllowed } from "../../api/allowed";
import { useSession } from "../../session/session";

interface Administrator {
  AccountId: string;
  UserId: string;
}

// useLastAdministrator reports whether these users are all who administer by signing in, as far as the caller may know.
export function useLastAdministrator(users: User[]): boolean {
  const { extensions } = useSession();
  const gate = useAllowed()("iam:ListAdministrators");
  const administrators = useQuery({
    queryKey: ["administrators", "all"],
    queryFn: () => extensions.call<{ Administrators: Administrator[]; NextToken?: string | null }>("GET", ["iam", "administrators"]),
    enabled: !gate.disabled,
  });
  const { Administrators = [], NextToken } = administrators.data ?? {};
  const chosen = new Set(users.map(({ UserId }) => UserId));
  return !NextToken && Administrators.length > 0 && Administrators.every(({ UserId }) => chosen.has(UserId));
}
