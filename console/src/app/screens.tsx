// The screens and their addresses, below /admin. Each is loaded when it is first shown.
import { type RouteObject } from "react-router";
import { lazily } from "./lazily";
import { NotFound } from "./NotFound";

const Access = lazily(() => import("../screens/access/Access"));
const AccountPage = lazily(() => import("../screens/accounts/AccountPage"));
const Accounts = lazily(() => import("../screens/accounts/Accounts"));
const AppDetail = lazily(() => import("../screens/apps/AppDetail"));
const Apps = lazily(() => import("../screens/apps/Apps"));
const Audit = lazily(() => import("../screens/audit/Audit"));
const AuditDetail = lazily(() => import("../screens/audit/AuditDetail"));
const Bulk = lazily(() => import("../screens/bulk/Bulk"));
const BulkRun = lazily(() => import("../screens/bulk/BulkRun"));
const Dashboard = lazily(() => import("../screens/dashboard/Dashboard"));
const NewBulkRun = lazily(() => import("../screens/bulk/NewBulkRun"));
const PrincipalDetail = lazily(() => import("../screens/access/PrincipalDetail"));
const UserPage = lazily(() => import("../screens/user/UserPage"));

export const screens: RouteObject[] = [
  { path: "/", element: <Dashboard /> },
  { path: "/access", element: <Access tab="principals" /> },
  { path: "/access/administrators", element: <Access tab="administrators" /> },
  { path: "/access/policies", element: <Access tab="policies" /> },
  { path: "/access/principals", element: <Access tab="principals" /> },
  { path: "/access/principals/:name", element: <PrincipalDetail /> },
  { path: "/access/simulator", element: <Access tab="simulator" /> },
  { path: "/accounts", element: <Accounts /> },
  { path: "/accounts/:accountId/:tab?", element: <AccountPage /> },
  { path: "/accounts/:accountId/users/:userId", element: <UserPage /> },
  { path: "/apps", element: <Apps /> },
  { path: "/apps/:clientId", element: <AppDetail /> },
  { path: "/audit", element: <Audit /> },
  { path: "/audit/:eventId", element: <AuditDetail /> },
  { path: "/bulk", element: <Bulk /> },
  { path: "/bulk/new", element: <NewBulkRun /> },
  { path: "/bulk/:runId", element: <BulkRun /> },
  { path: "*", element: <NotFound /> },
];
