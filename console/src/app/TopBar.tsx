// The bar at the top: where one is, who one is, light or dark.
import TopNavigation from "@cloudscape-design/components/top-navigation";
import { Mode } from "@cloudscape-design/global-styles";
import { useSession } from "../session/session";
import { useFollow } from "./links";
import { useTheme } from "./theme";

export function TopBar() {
  const { href, follow } = useFollow();
  const { caller, signOut } = useSession();
  const [mode, setMode] = useTheme();
  const dark = mode === Mode.Dark;
  return (
    <TopNavigation
      identity={{ href: href("/"), title: "Carillon", onFollow: follow }}
      utilities={[
        {
          type: "button",
          text: dark ? "Light" : "Dark",
          ariaLabel: dark ? "Light colors" : "Dark colors",
          onClick: () => setMode(dark ? Mode.Light : Mode.Dark),
        },
        {
          type: "menu-dropdown",
          text: caller.DisplayName ?? caller.Principal,
          description: caller.Arn,
          iconName: "user-profile",
          items: [
            { id: "me", text: "My sign-ins", href: "/me" },
            { id: "out", text: "Leave the console" },
          ],
          onItemClick: ({ detail }) => detail.id === "out" && signOut(),
        },
      ]}
    />
  );
}
