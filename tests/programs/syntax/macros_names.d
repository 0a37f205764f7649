/* Macro variables are the ids of the dtrace process. */
#pragma D option quiet

BEGIN
{
	printf("%d %d\n", $pid > 0, $ppid > 0);
	printf("%d %d\n", $uid == $euid, $gid == $egid);
	printf("%d %d %s\n", $pgid > 0, $sid > 0, $$uid == "" ? "none" : "some");
	exit($projid + $taskid);
}
