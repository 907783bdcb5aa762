#!/bin/sh
# Installs what the tests need beside Python: Dovecot, Postfix, PostgreSQL, strace, openssl.
# Debian, as root. Nothing is started: the tests start private copies on loopback ports by themselves.
set -eu

have() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1; }

wanted=""
have dovecot || wanted="$wanted dovecot-imapd"
[ -x /usr/lib/dovecot/lmtp ] || wanted="$wanted dovecot-lmtpd"
have postfix || wanted="$wanted postfix"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || have initdb || wanted="$wanted postgresql"
have strace || wanted="$wanted strace"
have openssl || wanted="$wanted openssl"
[ -n "$wanted" ] || exit 0

if [ "$(id -u)" != 0 ] || ! have apt-get; then
    echo "The tests need:$wanted. On Debian run as root: tests/install.sh" >&2
    exit 1
fi

# While packages are set up nobody may start a server on the public ports.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
fi
echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections 2>/dev/null || true
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
install() { apt-get -q -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $wanted; }
{ [ -n "$(ls /var/lib/apt/lists/*_Packages* 2>/dev/null)" ] && install; } || { apt-get -q update && install; }
