// What is around every screen: the bar at the top, the navigation, notices. It stays while screens change.
import AppLayout from "@cloudscape-design/components/app-layout";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import SideNavigation, { type SideNavigationProps } from "@cloudscape-design/components/side-navigation";
import SplitPanel from "@cloudscape-design/components/split-panel";
import { createContext, Suspense, useMemo, useState } from "react";
import { Outlet, useLocation } from "react-router";
import { Loading } from "./Loading";
import { useFollow } from "./links";
import { Notices } from "./notices";
import { TopBar } from "./TopBar";

export interface Crumb {
  text: string;
  to: string;
}

// PanelFrame is what the frame shows around the split panel's content, which a screen puts into the slot.
export interface PanelFrame {
  header: string;
  close(): void;
}

interface Frame {
  slot: HTMLElement | null;
  setCrumbs(crumbs: Crumb[]): void;
  setPanel(panel: PanelFrame | null): void;
}

export const FrameContext = createContext<Frame | null>(null);

const sections: { text: string; to: string }[] = [
  { text: "Dashboard", to: "/" },
  { text: "Accounts", to: "/accounts" },
  { text: "Apps", to: "/apps" },
  { text: "Access", to: "/access" },
  { text: "Audit", to: "/audit" },
  { text: "Bulk work", to: "/bulk" },
];

export function Frame() {
  const { href, follow } = useFollow();
  const { pathname } = useLocation();
  const [crumbs, setCrumbs] = useState<Crumb[]>([]);
  const [panel, setPanel] = useState<PanelFrame | null>(null);
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  const frame = useMemo(() => ({ slot, setCrumbs, setPanel }), [slot]);
  const active = sections.findLast(({ to }) => (to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(to + "/")));
  const items: SideNavigationProps.Item[] = sections.map(({ text, to }) => ({ type: "link", text, href: href(to) }));
  return (
    <FrameContext value={frame}>
      <div id="top">
        <TopBar />
      </div>
      <AppLayout
        headerSelector="#top"
        toolsHide
        navigation={
          <SideNavigation
            activeHref={active && href(active.to)}
            header={{ text: "Directory", href: href("/") }}
            items={items}
            onFollow={follow}
          />
        }
        breadcrumbs={
          <BreadcrumbGroup items={crumbs.map(({ text, to }) => ({ text, href: href(to) }))} onFollow={follow} ariaLabel="Breadcrumbs" />
        }
        notifications={<Notices />}
        stickyNotifications
        splitPanelOpen={panel !== null}
        onSplitPanelToggle={({ detail }) => !detail.open && panel?.close()}
        splitPanel={
          panel && (
            <SplitPanel header={panel.header} hidePreferencesButton={false}>
              <div ref={setSlot} />
            </SplitPanel>
          )
        }
        content={
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        }
      />
    </FrameContext>
  );
}
