// The frame around every screen.
import AppLayout from "@cloudscape-design/components/app-layout";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import SideNavigation, { type SideNavigationProps } from "@cloudscape-design/components/side-navigation";
import TopNavigation from "@cloudscape-design/components/top-navigation";
import { applyMode, Mode } from "@cloudscape-design/global-styles";
import { type ReactNode, useEffect, useState } from "react";
import { useHref, useLocation, useNavigate } from "react-router";
import { useSession } from "../session/session";
import { Notices } from "./notices";

export interface Crumb {
  text: string;
  to: string;
}

const sections: { text: string; to: string }[] = [
  { text: "Dashboard", to: "/" },
  { text: "Accounts", to: "/accounts" },
  { text: "Apps", to: "/apps" },
  { text: "Access", to: "/access" },
  { text: "Audit", to: "/audit" },
  { text: "Bulk work", to: "/bulk" },
];

const themeKey = "carillon.theme";

function useTheme(): [Mode, (mode: Mode) => void] {
  const [mode, setMode] = useState(() => {
    const saved = localStorage.getItem(themeKey);
    return (saved ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark" ? Mode.Dark : Mode.Light;
  });
  useEffect(() => applyMode(mode), [mode]);
  const change = (next: Mode) => {
    localStorage.setItem(themeKey, next === Mode.Dark ? "dark" : "light");
    setMode(next);
  };
  return [mode, change];
}

export function Shell({ crumbs, split, children }: { crumbs: Crumb[]; split?: ReactNode; children: ReactNode }) {
  const base = useHref("/").replace(/\/$/, "");
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const { caller, signOut } = useSession();
  const [mode, setMode] = useTheme();
  // A link of this console is followed without loading the page anew, unless it is opened elsewhere.
  const follow = (event: CustomEvent<{ href?: string; external?: boolean }>) => {
    const { href, external } = event.detail;
    if (href?.startsWith(base) && !external) {
      event.preventDefault();
      void navigate(href.slice(base.length) || "/");
    }
  };
  const active = sections.findLast(({ to }) => (to === "/" ? pathname === "/" : pathname.startsWith(to)))?.to ?? "/";
  const items: SideNavigationProps.Item[] = sections.map(({ text, to }) => ({ type: "link", text, href: base + to }));
  return (
    <>
      <div id="top">
        <TopNavigation
          identity={{ href: base + "/", title: "Carillon", onFollow: follow }}
          utilities={[
            {
              type: "button",
              text: mode === Mode.Dark ? "Light" : "Dark",
              title: "Light or dark",
              onClick: () => setMode(mode === Mode.Dark ? Mode.Light : Mode.Dark),
            },
            {
              type: "menu-dropdown",
              text: caller.Principal,
              iconName: "user-profile",
              items: [
                { id: "me", text: "My sign-ins", href: "/me" },
                { id: "out", text: "Leave the console" },
              ],
              onItemClick: ({ detail }) => detail.id === "out" && signOut(),
            },
          ]}
        />
      </div>
      <AppLayout
        headerSelector="#top"
        toolsHide
        navigation={
          <SideNavigation activeHref={base + active} header={{ text: "Directory", href: base + "/" }} items={items} onFollow={follow} />
        }
        breadcrumbs={
          <BreadcrumbGroup items={crumbs.map(({ text, to }) => ({ text, href: base + to }))} onFollow={follow} ariaLabel="Breadcrumbs" />
        }
        notifications={<Notices />}
        splitPanel={split}
        content={children}
      />
    </>
  );
}
