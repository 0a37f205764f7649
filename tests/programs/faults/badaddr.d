/* Every way to an address where nothing is, and its value; for all bits set there is no value.
 * @args: -q
 * @status: 3
 * @mask: offset \d+ => offset N
 * @mask: ^13: \w+ => 13: SCRATCH
 * @mask: 0xff\w{14} => SCRATCH
 */
struct thing { int number; char name[8]; struct thing *next; };
struct thing *thing;
int *numbers;
string none[int];

BEGIN { trace(*(char *)0x10); }
BEGIN { trace(*(short *)0x11); }
BEGIN { trace(*(int *)0x13); }
BEGIN { trace(*(long *)0x17); }
BEGIN { trace(stringof((char *)0x18)); }
BEGIN { thing = (struct thing *)0x20; trace(thing->number); }
BEGIN { trace(thing->next->number); }
BEGIN { trace(thing->name); }
BEGIN { numbers = (int *)0x40; trace(numbers[4]); }
BEGIN { tracemem((void *)0x50, 16); }
BEGIN { print(thing); }
BEGIN { bcopy((void *)0x60, alloca(8), 8); }
BEGIN { bcopy(alloca(8), (void *)0x70, 8); }
BEGIN { mine = (int *)alloca(8); mine[2] = 1; }
BEGIN { numbers = (int *)0x80; *numbers = 1; }
BEGIN { trace(strlen(none[1])); }
BEGIN { trace(copyinstr(0x90)); }
BEGIN { trace(*(int *)copyin(0xa0, 4)); }
BEGIN { copyinto(0xb0, 4, alloca(4)); }
BEGIN { copyinto(0xc0, 4, (void *)0xd0); }
BEGIN { @[stringof((char *)0xe0)] = count(); }
BEGIN { @total["x"] = sum(*(int *)0xf0); }
BEGIN { self->x = *(int *)0x100; }
BEGIN / *(int *)0x110 / { printf("never\n"); }
BEGIN { trace(copyinstr(-1)); }
BEGIN { exit(3); }
ERROR /arg1 == 1 && arg4 == DTRACEFLT_BADADDR/ { printf("%d: %x\n", arg2, arg5); n++; }
END { printf("%d faults\n", n); }
