/* It can only be lowered.
 * @args: -xerrtags -xversion=1.2
 * @status: 1
 */
#pragma D option version=1.5
BEGIN { exit(0); }
