import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import { Name } from "../../parts/Name";

interface Statement {
  Effect: "Allow" | "Deny";
  Number: number | null; // from 1
  PolicyName: string;
  Sid: string | null;
}

export interface Simulated {
  Decision: "allowed" | "explicitDeny" | "implicitDeny";
  MatchedStatements: Statement[] | null;
  Status?: "Active" | "Inactive";
}

// Verdict says how a question to the policies was decided, and by what.
export function Verdict({ Decision, MatchedStatements, Status, principal, action, resource }: Simulated & { principal: string; action: string; resource: string }) {
  const yes = Decision === "allowed" && Status !== "Inactive";
  return (
    <div role="status">
      <Alert type={yes ? "success" : "error"} header={yes ? "Allowed" : "Not allowed"}>
        <Box>
          <Name>{principal}</Name> {yes ? "may" : "may not"} do <Name>{action}</Name> on {resource === "*" ? "what belongs to no one account" : <Name>{resource}</Name>}.{" "}
          {reason(Decision)}
        </Box>
        {Status === "Inactive" && <Box>The principal is disabled, and may do nothing whatever its policies say.</Box>}
        <ul>
          {(MatchedStatements ?? []).map(({ Effect, Number, PolicyName, Sid }) => (
            <li key={`${PolicyName} ${Number}`}>
              {Effect} by {Number === null ? "" : `statement ${Number}${Sid ? ` (${Sid})` : ""} of `}
              <Name>{PolicyName}</Name>
            </li>
          ))}
        </ul>
      </Alert>
    </div>
  );
}

function reason(decision: Simulated["Decision"]): string {
  switch (decision) {
    case "allowed":
      return "A statement allows it, and none denies it.";
    case "explicitDeny":
      return "A statement denies it, whatever else allows it.";
    default:
      return "No statement allows it.";
  }
}
