// Name is what somebody called something: its direction is its own, and it breaks rather than widen the page.
export function Name({ children }: { children: string | null | undefined }) {
  return <bdi className="of-person">{children || "–"}</bdi>;
}
