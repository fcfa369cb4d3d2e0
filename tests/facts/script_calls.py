"""data/windows/Get-MigrationFacts.ps1, and what it may call."""

from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "data" / "windows" / "Get-MigrationFacts.ps1"
TEXT = SCRIPT.read_text(encoding="ascii")  # Windows PowerShell takes a file without a mark for the ANSI code page

# All that it calls, but its own functions. What is no Get and no Test either changes nothing outside of the session, or
# writes the file that it is for and removes its own temporary ones.
READING = """Get-CimInstance Get-Command Get-Content Get-Item Get-NetConnectionProfile Get-NetFirewallApplicationFilter
    Get-NetFirewallPortFilter Get-NetFirewallProfile Get-NetFirewallRule Get-NetIPAddress Get-NetTCPConnection Get-Service
    Get-VMHost Get-VMMigrationNetwork Test-Path Resolve-Path Join-Path""".split()
SHAPING = "ForEach-Object Where-Object Select-Object Sort-Object New-Object ConvertTo-Json ConvertFrom-Json".split()
OTHERS = {"Set-StrictMode": 1, "Remove-Item": 1, "Invoke-Command": 1, "Write-Warning": 1}
