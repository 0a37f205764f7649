/*
 * @args: -xerrtags -xamin=Evolving/Evolving/Common
 * @status: 1
 */
inline int mine = 3;
#pragma D attributes Private/Private/Common mine
dtrace:::BEGIN { exit(mine); }
