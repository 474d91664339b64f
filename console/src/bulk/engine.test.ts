import assert from "node:assert/strict";
import test from "node:test";
import { effectOf, refusalOf } from "./effects.ts";
import { Pace } from "./patience.ts";
import { preview, tally } from "./plan.ts";
import { report } from "./report.ts";
import type { Block, OutcomeKind, Plan, Run } from "./types.ts";
import { account, failure, ids, offline, Server, world } from "./world.ts";

const counts = (c: Partial<Record<OutcomeKind, number>>) => ({ Done: 0, Unchanged: 0, Repeated: 0, Refused: 0, ...c });
const all = ({ users }: Server, status: string) => [...users.values()].every(({ UserRegistrationStatus }) => UserRegistrationStatus === status);

test("each entry has its outcome", async () => {
  const server = new Server(120);
  server.users.get("u7")!.UserRegistrationStatus = "Suspended";
  const w = await world({}, server, [...ids(120), "u3@example.com", "nobody"]);
  const run = await w.go();
  assert.equal(run.state, "done");
  assert.deepEqual(run.counts, counts({ Done: 119, Unchanged: 1, Repeated: 1, Refused: 1 }));
  assert.equal(server.requests, 3);
  const rows = (await (await report(run, async (from, to) => w.keeper.blocks.slice(from, to))).text()).split("\n");
  assert.equal(rows.length, 1 + 122 + 1);
  assert.equal(rows[8], "lwa,suspend,u7,u7,u7@example.com,Unchanged,,is suspended already,1970-01-01T00:00:00.001Z");
  assert.equal(rows[121], "lwa,suspend,u3@example.com,u3,u3@example.com,Repeated,,is the same person as u3,1970-01-01T00:00:00.001Z");
  assert.equal(rows[122], "lwa,suspend,nobody,,,Refused,NotFound,is not in the account,1970-01-01T00:00:00.001Z");
});

test("what is foretold is counted", async () => {
  const server = new Server(3);
  const plan: Plan = { action: "update", account, license: "Pro" };
  server.users.get("u0")!.LicenseType = "Basic";
  const targets = await preview(plan, ["u0", "u1", "u2", "x"], server, { pace: new Pace(), wait: async () => {}, signal: new AbortController().signal }, () => {});
  assert.deepEqual(tally(targets), [
    { kind: "change", text: "gets the license", count: 1 },
    { kind: "nothing", text: "has the license already", count: 2 },
    { kind: "refuse", text: "is not in the account", count: 1 },
  ]);
  assert.ok(refusalOf("invite", "EnterpriseLWA"));
  assert.equal(refusalOf("logout", "EnterpriseDirectory"), undefined);
  assert.equal(effectOf({ action: "suspend", account: { ...account, type: "Team" } }, "u", { UserId: "u", UserRegistrationStatus: "Suspended" }).kind, "nothing");
});

test("throttling slows the run and fails nothing", async () => {
  const server = new Server(5000);
  server.before = (n) => {
    if (n % 3 === 0) {
      throw failure(429, "ThrottledClientException");
    }
  };
  const w = await world({}, server, ids(5000));
  const run = await w.go();
  assert.deepEqual(run.counts, counts({ Done: 5000 }));
  assert.ok(w.waits.length > 50 && w.waited.has("throttled"), `${w.waits.length} waits`);
});

test("a server that is away is waited for, and a lost answer is asked for again", async () => {
  for (const action of ["suspend", "unsuspend", "update"] as const) {
    const server = new Server(200, action === "unsuspend" ? "Suspended" : "Registered");
    server.before = (n) => {
      if (n === 2) {
        throw failure(503, "ServiceUnavailableException");
      }
    };
    server.after = (n) => {
      if (n === 3) {
        throw offline(); // it was done, and nobody heard
      }
    };
    const w = await world({ action, license: "Basic" }, server, ids(200));
    const run = await w.go();
    assert.deepEqual(run.counts, counts({ Done: 200 }), action);
    assert.ok(w.waited.has("away"));
    assert.ok(JSON.stringify(w.keeper.blocks).includes("the answer had been lost"), action);
  }
});

test("an invitation that was withdrawn, and a mail that was sent, are known again", async () => {
  const server = new Server(10, "Unregistered");
  server.after = (n) => {
    if (n % 2 === 1) {
      throw offline();
    }
  };
  const w = await world({}, server, ids(10));
  assert.deepEqual((await w.go()).counts, counts({ Done: 10 }));
  const team = { ...account, type: "Team" };
  const invited = new Server(0);
  invited.after = server.after;
  const i = await world({ action: "invite", account: team }, invited, ids(60).map((id) => id + "@example.com"));
  assert.deepEqual((await i.go()).counts, counts({ Done: 60 }));
  assert.ok([...invited.epochs.values()].every((mails) => mails === 1));
});

test("a tab that closes at any moment loses nothing", async () => {
  for (const dies of [1, 2, 3, 4]) {
    for (const when of ["before", "after"] as const) {
      const server = new Server(170);
      const w = await world({}, server, ids(170));
      const kept = await new Promise<{ run: Run; blocks: Block[] }>((resolve) => {
        server[when] = (n) => {
          if (n === dies) {
            resolve(structuredClone({ run: w.keeper.run, blocks: w.keeper.blocks })); // what the disk has then
            throw new Error("the tab is closed");
          }
        };
        void w.go();
      });
      server[when] = () => {};
      w.keeper.run = kept.run;
      w.keeper.blocks = kept.blocks;
      assert.equal(w.keeper.run.next, dies - 1);
      const run = await w.go();
      assert.equal(run.state, "done");
      assert.deepEqual(run.counts, counts({ Done: 170 }), `${when} request ${dies}`);
      assert.ok(all(server, "Suspended"));
    }
  }
});

test("pausing ends after the request that is under way, and resuming goes on", async () => {
  const server = new Server(500);
  const w = await world({}, server, ids(500));
  server.after = (n) => void (n === 3 && w.pause.abort());
  const run = await w.go();
  assert.deepEqual([run.state, run.next, server.requests], ["open", 3, 3]);
  server.after = () => {};
  assert.deepEqual((await w.go()).counts, counts({ Done: 500 }));
  assert.equal(server.requests, 10);
});

test("a denied action stops the run with the reason, and it can be resumed", async () => {
  const server = new Server(100);
  server.before = (n) => {
    if (n === 2) {
      throw failure(403, "ForbiddenException", "You may not.");
    }
  };
  const w = await world({}, server, ids(100));
  const stopped = await w.go();
  assert.deepEqual([stopped.state, stopped.reason, stopped.counts.Done], ["stopped", "You may not.", 50]);
  assert.deepEqual(w.keeper.run, stopped);
  server.before = () => {};
  const run = await w.go();
  assert.deepEqual([run.state, run.reason, run.counts.Done], ["done", undefined, 100]);
});

test("credentials that ended leave the run open", async () => {
  const server = new Server(100);
  server.before = () => {
    throw Object.assign(new Error("gone"), { name: "SignedOut" });
  };
  const run = await (await world({}, server, ids(100))).go();
  assert.equal(run.state, "open");
  assert.ok(/Sign in/.test(run.reason ?? ""));
});

test("a server that fails for good ends the run", async () => {
  const server = new Server(10);
  server.before = () => {
    throw failure(500, "ServiceFailureException", "It fails.");
  };
  const run = await (await world({}, server, ids(10))).go();
  assert.deepEqual([run.state, run.reason, server.requests], ["stopped", "It fails.", 11]);
});

test("nobody is signed out twice by a run whose requests fail", async () => {
  const server = new Server(130);
  let failures = 0;
  server.before = (n) => {
    if (n % 7 === 0) {
      failures++;
      throw n % 2 === 0 ? failure(429, "ThrottledClientException") : failure(503, "ServiceUnavailableException");
    }
  };
  const w = await world({ action: "logout" }, server, ids(130));
  assert.deepEqual((await w.go()).counts, counts({ Done: 130 }));
  assert.ok(failures > 10 && [...server.epochs.values()].every((epoch) => epoch === 1));
});

test("somebody who changed since the preview is taken as they are now", async () => {
  const server = new Server(3);
  const w = await world({}, server, ["u0", "u1@example.com", "u2"]);
  server.users.get("u0")!.UserRegistrationStatus = "Suspended"; // by another administrator
  server.users.delete("u2");
  server.users.get("u1")!.PrimaryEmail = "married@example.com"; // and the address is somebody else's, whom nobody meant
  server.users.set("u9", { ...server.users.get("u1")!, UserId: "u9", PrimaryEmail: "u1@example.com" });
  const run = await w.go();
  assert.deepEqual(run.counts, counts({ Done: 1, Unchanged: 1, Refused: 1 }));
  assert.equal(server.users.get("u9")!.UserRegistrationStatus, "Registered");
});
