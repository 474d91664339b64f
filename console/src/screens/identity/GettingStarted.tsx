import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Steps, { type StepsProps } from "@cloudscape-design/components/steps";
import { useAllowed } from "../../api/allowed";
import { useDomains, useProvider } from "./api";

interface Props {
  account: string;
  claim(): void;
  prove(domain: string): void;
  connect(): void;
}

// GettingStarted says what comes next until people sign in at the account's own provider: claim a domain, prove it,
// connect the provider.
export function GettingStarted({ account, claim, prove, connect }: Props) {
  const domains = useDomains(account);
  const provider = useProvider(account);
  const allowed = useAllowed(account);
  if (!domains.data || !provider.data || provider.data.OpenIdConfig) {
    return null;
  }
  const verified = domains.data.some(({ Status }) => Status === "Verified");
  const pending = domains.data.find(({ Status }) => Status === "Pending");
  const steps: StepsProps.Step[] = [
    {
      header: "Claim a domain",
      status: verified || pending ? "success" : "pending",
      statusIconAriaLabel: verified || pending ? "Done" : "To do",
      details:
        verified || pending ? undefined : (
          <Button onClick={claim} {...allowed("chime:AddDomain")}>
            Claim your domain
          </Button>
        ),
    },
    {
      header: "Publish its DNS record",
      status: verified ? "success" : "pending",
      statusIconAriaLabel: verified ? "Done" : "To do",
      details: !verified && pending && <Button onClick={() => prove(pending.DomainName)}>Show the record of {pending.DomainName}</Button>,
    },
    {
      header: "Connect your OpenID provider, or let people sign in by mailed codes and passkeys",
      status: "pending",
      statusIconAriaLabel: "To do",
      details: verified && (
        <Button onClick={connect} {...allowed("chime:UpdateAccountOpenIdConfig")}>
          Connect your provider
        </Button>
      ),
    },
  ];
  return (
    <Container header={<Header variant="h2">Getting started</Header>}>
      <Steps steps={steps} ariaLabel="Getting started" />
    </Container>
  );
}
