import type { User } from "@aws-sdk/client-chime";
import { Name } from "../../parts/Name";

// called is what somebody is called in a sentence.
export const called = (user: User) => user.PrimaryEmail ?? user.DisplayName ?? user.UserId ?? "";

// Whom names the users that something is about to be done to.
export function Whom({ users }: { users: User[] }) {
  const [first] = users;
  if (first && users.length === 1) {
    const named = first.DisplayName && first.DisplayName !== called(first);
    return (
      <div>
        {named && (
          <>
            <Name>{first.DisplayName}</Name>,{" "}
          </>
        )}
        <Name>{called(first)}</Name>
      </div>
    );
  }
  return (
    <div className="scrolled" role="group" aria-label={`${users.length} users`} tabIndex={0}>
      <ul>
        {users.map((user) => (
          <li key={user.UserId}>
            <Name>{called(user)}</Name>
          </li>
        ))}
      </ul>
    </div>
  );
}

export const users = (n: number) => (n === 1 ? "1 user" : `${n.toLocaleString()} users`);
