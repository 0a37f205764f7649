/* Options of other DTraces that have nothing to act on are accepted. */
/* @args: -x modpath=/lib -x ldpath=/usr/bin/ld -x ctfpath=/x -x procfspath=/proc -x objcopypath=/x */
#pragma D option cleanrate=50hz
#pragma D option temporal
#pragma D option late=dynamic
#pragma D option linkmode=static
#pragma D option iregs=8
#pragma D option pgmax=4
#pragma D option preallocate=1m
#pragma D option version=1.0
#pragma D option tree=1
#pragma D option useruid=1000
#pragma D option quiet

BEGIN
{
	trace("fine");
	exit(0);
}
