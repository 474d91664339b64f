// An account's mail domains and OpenID provider, as the server has them.
import { useQuery } from "@tanstack/react-query";
import { useSession } from "../../session/session";

export interface Domain {
  DomainName: string;
  Status: "Pending" | "Verified" | "Releasing";
  RecordName: string;
  RecordType: string;
  RecordValue: string;
  AddedTimestamp: string;
  VerifiedTimestamp: string | null;
}

export interface OpenIdConfig {
  Issuer: string;
  ClientId: string;
  HasClientSecret?: boolean;
  GroupsClaim?: string;
  ProGroups: string[] | null;
  BasicGroups: string[] | null;
}

export interface OpenIdAnswer {
  OpenIdConfig: OpenIdConfig | null;
  CallbackUrl?: string;
  BackchannelLogoutUrl?: string;
}

export const domainsKey = (account: string) => ["account", account, "domains"];
export const providerKey = (account: string) => ["account", account, "openid-config"];

// accountKeys are what shows an account itself, whose type follows from its domains and provider.
export const accountKeys = (account: string) => [["accounts"], ["account", account]];

// releaseEvery is how often a domain whose members are being let go is looked at, in milliseconds.
const releaseEvery = 5_000;

export function useDomains(account: string) {
  const { extensions } = useSession();
  return useQuery({
    queryKey: domainsKey(account),
    queryFn: () => extensions.call<{ Domains: Domain[] }>("GET", ["accounts", account, "domains"]),
    select: ({ Domains }) => Domains,
    refetchInterval: ({ state }) => (state.data?.Domains.some(({ Status }) => Status === "Releasing") ? releaseEvery : false),
  });
}

export function useProvider(account: string) {
  const { extensions } = useSession();
  return useQuery({
    queryKey: providerKey(account),
    queryFn: () => extensions.call<OpenIdAnswer>("GET", ["accounts", account, "openid-config"]),
  });
}
