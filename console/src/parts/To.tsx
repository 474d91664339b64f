import Link from "@cloudscape-design/components/link";
import type { ReactNode } from "react";
import { useHref, useNavigate } from "react-router";

// To links to another screen of the console. path are the parts of its address, as they are.
export function To({ path, query, children }: { path: string[]; query?: Record<string, string>; children: ReactNode }) {
  const navigate = useNavigate();
  const search = new URLSearchParams(query).toString();
  const to = "/" + path.map(encodeURIComponent).join("/") + (search && "?" + search);
  return (
    <Link
      href={useHref(to)}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(to);
      }}
    >
      <bdi className="name">{children}</bdi>
    </Link>
  );
}
