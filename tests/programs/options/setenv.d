/* @sort: yes */
/* setenv and unsetenv change what the command inherits. */
/* @args: -x setenv=ONE=1 -x setenv=TWO=a=b -x unsetenv=GONE */
/* @env: GONE=here */
/* @target: printenv ONE TWO GONE */
#pragma D option quiet

BEGIN
{
	printf("%d\n", $target > 0);
}
