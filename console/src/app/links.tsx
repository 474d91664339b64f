// Links within the console, which are followed without loading the page anew, unless they are opened elsewhere.
import Link, { type LinkProps } from "@cloudscape-design/components/link";
import { useHref, useNavigate } from "react-router";

// Followed is what the design system tells of a link that was clicked. It does so for plain clicks alone.
export type Followed = CustomEvent<{ href?: string; external?: boolean }>;

// useFollow returns the address of each path of the console, and what follows it.
export function useFollow(): { href(to: string): string; follow(event: Followed): void } {
  const base = useHref("/").replace(/\/$/, "");
  const navigate = useNavigate();
  return {
    href: (to) => base + to,
    follow: (event) => {
      const { href, external } = event.detail;
      if (href?.startsWith(base + "/") && !external) {
        event.preventDefault();
        void navigate(href.slice(base.length));
      }
    },
  };
}

// To is a link to a path of the console.
export function To({ to, ...rest }: { to: string } & Omit<LinkProps, "href" | "onFollow">) {
  const { href, follow } = useFollow();
  return <Link {...rest} href={href(to)} onFollow={follow} />;
}

// path makes a path of the console of its parts, which may be ids and hold anything.
export const path = (...parts: string[]) => "/" + parts.map(encodeURIComponent).join("/");
