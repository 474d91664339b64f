import "@cloudscape-design/global-styles/index.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, RouterProvider } from "react-router";
import { NoticesProvider } from "./app/notices";
import { screens } from "./app/screens";
import { SignIn } from "./session/SignIn";
import { SignedIn } from "./session/session";

const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 10_000 } } });
const router = createBrowserRouter(screens, { basename: "/admin" });

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <NoticesProvider>
        <SignedIn signIn={(enter, reason) => <SignIn enter={enter} reason={reason} />}>
          <Suspense>
            <RouterProvider router={router} />
          </Suspense>
        </SignedIn>
      </NoticesProvider>
    </QueryClientProvider>
  </StrictMode>,
);
