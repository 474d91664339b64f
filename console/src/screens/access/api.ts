// Who may call this server and what they may do, as the server has it.
import { useQuery } from "@tanstack/react-query";
import { useSession } from "../../session/session";

export interface Principal {
  UserName: string;
  UserId: string;
  Arn: string;
  Status: "Active" | "Inactive";
  Root: boolean;
  PolicyNames: string[] | null;
  CreateTimestamp: string;
}

export interface AccessKey {
  AccessKeyId: string;
  UserName: string;
  Status: "Active" | "Inactive";
  CreateTimestamp: string;
  SecretAccessKey?: string; // only when it is new
}

export interface Policy {
  PolicyName: string;
  PolicyDocument: string;
  Managed: boolean;
  Arn: string | null;
  Description?: string | null;
  UserNames?: string[] | null;
}

// accessKey is what all that is read here begins with: a change of a policy shows in many places.
export const accessKey = ["access"];

export function usePrincipals() {
  const { extensions } = useSession();
  return useQuery({
    queryKey: [...accessKey, "principals"],
    queryFn: () => extensions.call<{ Users: Principal[] }>("GET", ["iam", "users"]),
    select: ({ Users }) => Users,
  });
}

export function useKeys(principal: string) {
  const { extensions } = useSession();
  return useQuery({
    queryKey: [...accessKey, "keys", principal],
    queryFn: () => extensions.call<{ AccessKeys: AccessKey[] }>("GET", ["iam", "users", principal, "access-keys"]),
    select: ({ AccessKeys }) => AccessKeys,
  });
}

export function usePoliciesOf(principal: string) {
  const { extensions } = useSession();
  return useQuery({
    queryKey: [...accessKey, "policies of", principal],
    queryFn: () => extensions.call<{ Policies: Policy[] }>("GET", ["iam", "users", principal, "policies"]),
    select: ({ Policies }) => Policies,
  });
}

export function usePolicies() {
  const { extensions } = useSession();
  return useQuery({
    queryKey: [...accessKey, "policies"],
    queryFn: () => extensions.call<{ Policies: Policy[] }>("GET", ["iam", "policies"]),
    select: ({ Policies }) => Policies,
  });
}
