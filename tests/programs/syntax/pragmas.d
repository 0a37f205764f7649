#!/usr/sbin/dtrace -s
/* Control lines: options hold for the whole program, wherever they stand; unknown pragmas mean nothing. */

#
#ident "a line for what(1)"
#pragma ident "the same"
#pragma omp parallel for
#pragma D attributes Evolving/Evolving/Common mine
#pragma D attributes Evolving/Evolving/ISA provider syscall args
#pragma D binding "1.0" mine
  #pragma D depends_on provider dtrace
#pragma D depends_on module vmlinux

int mine;

BEGIN
{
	s = "0123456789abcdef";
	printf("%s %d\n", s, mine);
	exit(0);
}

inline int mine2 = 2;
#pragma D option quiet
#pragma D option strsize=8
#pragma D attributes Stable/Stable/Common mine2
