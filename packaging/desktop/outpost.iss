; Inno Setup: Outpost for one person, without an administrator's rights.
; ISCC.exe /DVersion=0.1.0 packaging\desktop\outpost.iss
[Setup]
AppId={{6C2A7B0E-5C0E-4B7E-9E53-0D1A5B6B7C11}
AppName=Outpost
AppVersion={#Version}
AppPublisher=The Outpost authors
DefaultDirName={autopf}\Outpost
DefaultGroupName=Outpost
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
LicenseFile=..\..\LICENSE
OutputDir=..\..\dist
OutputBaseFilename=outpost-windows-x64-setup
Compression=lzma2
SolidCompression=yes
UninstallDisplayIcon={app}\outpost.exe

[Files]
Source: "..\..\dist\windows\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\Outpost"; Filename: "{app}\outpost.exe"

; The vault is the clinic's: removing Outpost leaves it where it is (docs/app.md).
