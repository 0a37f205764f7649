/* A name bound to a later version than the program asks for.
 * @args: -xerrtags
 * @status: 1
 */
#pragma D option version=1.2
inline int later = 4;
#pragma D binding "1.5" later

BEGIN
/later > 3/
{
	exit(0);
}
