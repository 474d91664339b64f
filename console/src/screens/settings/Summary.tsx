import type { Account } from "@aws-sdk/client-chime";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useAllowed } from "../../api/allowed";
import { Copyable } from "../../parts/Copyable";
import { Moment } from "../../parts/Moment";
import { Name } from "../../parts/Name";
import { DeleteAccount } from "./DeleteAccount";
import { EditAccount } from "./EditAccount";

// typeMeans says what an account's type stands for.
function typeMeans(type: string | undefined): string {
  switch (type) {
    case "Team":
      return "People are here by invitation.";
    case "EnterpriseLWA":
      return "People of its verified domains belong to it.";
    case "EnterpriseOIDC":
      return "People of its verified domains sign in at its OpenID provider.";
    case "EnterpriseDirectory":
      return "People come from a directory.";
    default:
      return "";
  }
}

// Summary is what an account is.
export function Summary({ account }: { account: Account }) {
  const allowed = useAllowed(account.AccountId);
  const [open, setOpen] = useState<"edit" | "delete">();
  const close = () => setOpen(undefined);
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button onClick={() => setOpen("delete")} {...allowed("chime:DeleteAccount")}>
                Delete account
              </Button>
              <Button onClick={() => setOpen("edit")} {...allowed("chime:UpdateAccount")}>
                Edit account
              </Button>
            </SpaceBetween>
          }
        >
          Account
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        items={[
          { label: "Name", value: <Name>{account.Name}</Name> },
          {
            label: "Type",
            value: (
              <>
                {account.AccountType} <Box color="text-body-secondary">{typeMeans(account.AccountType)}</Box>
              </>
            ),
          },
          { label: "Created", value: <Moment at={account.CreatedTimestamp} /> },
          { label: "Account ID", value: <Copyable text={account.AccountId ?? ""} what="the account ID" /> },
          { label: "AWS account ID", value: <Copyable text={account.AwsAccountId ?? ""} what="the AWS account ID" /> },
          { label: "License for new members", value: account.DefaultLicense ?? "–" },
        ]}
      />
      {open === "edit" && <EditAccount account={account} close={close} />}
      {open === "delete" && <DeleteAccount account={account} close={close} />}
    </Container>
  );
}
