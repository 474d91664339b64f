// What a screen tells the frame around it: where it is.
import { type ReactNode, use, useEffect, useRef } from "react";
import { type Crumb, FrameContext } from "./frame";

// entered says that a screen was shown before, so that the next one takes the focus.
let entered = false;

// Shell is around every screen. The last of the crumbs is the screen's own, and its title.
export function Shell({ crumbs, children }: { crumbs: Crumb[]; children: ReactNode }) {
  const { setCrumbs } = use(FrameContext)!;
  const content = useRef<HTMLDivElement>(null);
  const trail = JSON.stringify(crumbs);
  useEffect(() => {
    const parsed = JSON.parse(trail) as Crumb[];
    setCrumbs(parsed);
    document.title = [...parsed.map(({ text }) => text).reverse(), "Carillon"].join(" · ");
  }, [trail, setCrumbs]);
  useEffect(() => {
    if (entered) {
      content.current?.focus({ preventScroll: true }); // who follows a link goes on reading at the new screen
    }
    entered = true;
  }, []);
  return (
    <div ref={content} tabIndex={-1} className="screen">
      {children}
    </div>
  );
}
