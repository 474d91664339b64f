// What the types of accounts mean, and what may be done in which.
import type { AccountType } from "@aws-sdk/client-chime";

interface Kind {
  label: string;
  // elsewhere says where users are suspended and licensed, when it is not here.
  elsewhere?: string;
  // invites says that its users join by invitations.
  invites: boolean;
}

const kinds: Record<AccountType, Kind> = {
  Team: { label: "Team", invites: true },
  EnterpriseLWA: { label: "Enterprise", invites: false },
  EnterpriseDirectory: { label: "Enterprise, by directory", invites: false, elsewhere: "the directory" },
  EnterpriseOIDC: { label: "Enterprise, by OpenID provider", invites: false, elsewhere: "the OpenID provider" },
};

export function kindOf(type: AccountType | undefined): Kind {
  return kinds[type ?? "Team"];
}
