import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { To } from "../../app/links";

const links: [string, string][] = [
  ["Find, suspend or remove somebody", "/accounts"],
  ["Suspend many at once", "/bulk"],
  ["Connect an app", "/apps"],
  ["Make somebody an administrator", "/access/administrators"],
  ["See who did what", "/audit"],
];

// QuickLinks lead to what administrators come for.
export function QuickLinks() {
  return (
    <Container>
      <nav aria-label="Quick links">
        <SpaceBetween direction="horizontal" size="l">
          {links.map(([text, to]) => (
            <To key={text} to={to}>
              {text}
            </To>
          ))}
        </SpaceBetween>
      </nav>
    </Container>
  );
}
