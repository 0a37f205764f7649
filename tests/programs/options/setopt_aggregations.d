/* How aggregations are sorted and shown may be changed between two prints of one run; what the compiler alone asks for is taken, without
 * effect.
 * @args: -q -x strsize=16
 */
BEGIN
{
	@a["one"] = sum(1);
	@a["two"] = sum(2);
	@a["ten"] = sum(10);
	printa("%s %@d\n", @a);
	setopt("aggsortkey");
	printa("%s %@d\n", @a);
	setopt("aggsortrev", "yes");
	printa("%s %@d\n", @a);
	setopt("aggsortkey", "off");
	printa("%s %@d\n", @a);
	setopt("agghist");
	printa(@a);
	setopt("agghist", "0");
	setopt("zdefs");
	setopt("rawbytes");
	printa(@a);
	exit(0);
}
