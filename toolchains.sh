#!/bin/sh
# The compilers of recipes/sltrans.yaml on Debian 12, from Debian's own packages. A second call
# installs only what is not there yet. Sizes are of the whole closure on a bare system:
#
#   ./toolchains.sh              all ten languages: 461 MB to fetch, 3.2 GB on disk
#   ./toolchains.sh --minimal    C, C++, Objective-C, D, Nim, Crystal: 209 MB to fetch, 1.0 GB
#   ./toolchains.sh rust d       these alone
#   ./toolchains.sh --list       what each needs, and whether it is here
#
# C 443 MB (C++ with it), Objective-C +220, D 252, Nim 23, Crystal 480, Rust 702, Fortran 1,295,
# Haskell 1,252, Python 94. Python's Cython comes from pip. Swift is not in Debian 12, an LLVM
# compiler of Go in no registry. Exit status 3: not Debian 12, or no right to install.
set -eu

MINIMAL="c cpp objc d nim crystal"
ALL="$MINIMAL rust fortran haskell python"

packages_of() {
	case $1 in
	c) echo clang-19 libc6-dev ;;
	cpp) echo clang-19 libstdc++-12-dev ;;
	objc) echo clang-19 libgnustep-base-dev libobjc-12-dev ;;
	d) echo ldc ;;
	nim) echo nim clang-19 libc6-dev ;;
	crystal) echo crystal llvm-14 ;;
	# rustc-web is Debian's newer rustc, of LLVM 20 and later; plain rustc is of 2022.
	rust) command -v rustc >/dev/null || test -x "$HOME/.cargo/bin/rustc" || echo rustc-web ;;
	fortran) echo flang-19 llvm-19 ;;
	haskell) echo ghc llvm-14 ;;
	python) echo clang-19 python3-dev ;;
	*) echo "toolchains.sh: no language $1; there are: $ALL" >&2 && exit 2 ;;
	esac
}

installed() {
	dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

missing_of() {
	needed=$(packages_of "$1") || exit
	for package in $needed; do
		installed "$package" || echo "$package"
	done
}

give_up() {
	echo "toolchains.sh: $1" >&2
	echo "install the compilers you want yourself; 'curate doctor' says which are found" >&2
	exit 3
}

system=$(. /etc/os-release 2>/dev/null && echo "${ID:-}-${VERSION_ID:-}" || true)
[ "$system" = debian-12 ] ||
	give_up "it knows the packages of Debian 12; this is ${system:-no Debian}"

case ${1:-} in
-h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" && exit ;;
--list)
	for language in $ALL; do
		missing=$(missing_of "$language")
		echo "$language:" "$(packages_of "$language" | tr '\n' ' ')" "${missing:+(missing)}"
	done
	exit
	;;
--minimal) languages=$MINIMAL ;;
"") languages=$ALL ;;
-*) echo "toolchains.sh: no option $1; see toolchains.sh --help" >&2 && exit 2 ;;
*) languages=$* ;;
esac

missing=""
for language in $languages; do
	found=$(missing_of "$language") || exit
	missing="$missing $found"
done
missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
if [ -z "$missing" ] || [ "$missing" = " " ]; then
	echo "the compilers are here: $languages"
	exit
fi

if [ "$(id -u)" = 0 ]; then
	root=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
	root=sudo
else
	give_up "installing needs root or sudo without a password; as root: apt-get install $missing"
fi

export DEBIAN_FRONTEND=noninteractive
$root apt-get update -qq
# dpkg's own sync after each file doubles the time; apt syncs the file system at the end.
options="-y -qq --no-install-recommends -o Dpkg::Options::=--force-unsafe-io"
$root apt-get install --no-install-recommends --assume-no $missing 2>/dev/null |
	grep -E "^Need to get|^After this" || true
echo "installing" $missing
$root apt-get install $options $missing >/dev/null
echo "the compilers are here: $languages"
