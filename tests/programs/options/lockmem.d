/* The limit of locked memory is set before a program is read: it may not set it.
 * @args: -xerrtags
 * @status: 1
 */
#pragma D option lockmem=1
BEGIN { exit(0); }
