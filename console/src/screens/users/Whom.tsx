import type { User } from "@aws-sdk/client-chime";
import { Name } from "../../parts/Name";

// called is what somebody is called in a sentence.
export const called = (user: User) => user.PrimaryEmail ?? user.DisplayName ?? user.UserId ?? "";

// Whom names the users that something is about to be done to.
export function Whom({ users }: { users: User[] }) {
  if (users.length === 1) {
    return (
      <div>
        <Name>{users[0]!.DisplayName && `${users[0]!.DisplayName}, `}</Name>
        <Name>{called(users[0]!)}</Name>
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
