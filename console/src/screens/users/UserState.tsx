import type { User } from "@aws-sdk/client-chime";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

// UserState says where somebody stands in an account.
export function UserState({ user }: { user: User }) {
  switch (user.UserRegistrationStatus) {
    case "Registered":
      return <StatusIndicator>Registered</StatusIndicator>;
    case "Suspended":
      return <StatusIndicator type="stopped">{user.AccountId ? "Suspended" : "Removed"}</StatusIndicator>;
    default:
      return user.UserInvitationStatus === "Failed" ? (
        <StatusIndicator type="error">Invitation not delivered</StatusIndicator>
      ) : (
        <StatusIndicator type="pending">Invited</StatusIndicator>
      );
  }
}
