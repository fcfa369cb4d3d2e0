#Requires -Version 5.1
<#
.SYNOPSIS
    Collects what a Hyper-V host alone knows of live migration, for kcdaudit --facts.

.DESCRIPTION
    Reads the settings that Active Directory does not hold: whether live migration is enabled and how it
    authenticates, its networks, Credential Guard, who is in the local groups, which ports listen and what
    the firewall lets in, user rights, and how far the clock is off. Writes one JSON file per host (schema
    kcdaudit.facts/1), which holds no secrets.

    It changes nothing. It needs no modules but those of a Hyper-V host; where the Hyper-V role or its
    PowerShell module is not there, or a service is stopped, the file says so and why. User rights are read
    by secedit.exe, which writes two files into the folder for temporary files; they are removed at once.

    Run it as administrator: what an administrator alone may read is missing otherwise, and the file says so.
    Groups, people and rights are written as SIDs, settings as numbers: the language of Windows does not matter.

.PARAMETER OutputDirectory
    Where to write HOST.DOMAIN.json. The current directory if it is not given. A single - writes the JSON to
    the pipeline instead.

.PARAMETER ComputerName
    Collects from these hosts by PowerShell remoting instead of from this computer; the files are written here.
    One that cannot be reached is a warning, and the others are collected all the same.

.EXAMPLE
    .\Get-MigrationFacts.ps1

    Writes the facts of this host into the current directory.

.EXAMPLE
    .\Get-MigrationFacts.ps1 -ComputerName HV01, HV02, HV03 -OutputDirectory C:\facts

    Collects from three hosts. Copy C:\facts to where kcdaudit is: kcdaudit audit ... --facts facts

.LINK
    https://learn.microsoft.com/powershell/module/hyper-v/set-vmhost
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [string] $OutputDirectory = '.',

    [string[]] $ComputerName
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:notRead = New-Object -TypeName 'System.Collections.Generic.List[object]'

# A part of the file; where it cannot be read, why stands beside it.
function Get-Part {
    param([string] $Name, [scriptblock] $Reader)

    try {
        return & $Reader
    }
    catch {
        $why = $_.Exception.Message.Trim()
        $script:notRead.Add([ordered]@{ fact = $Name; why = $why.Substring(0, [Math]::Min(400, $why.Length)) })
        return $null
    }
}

# $null: not there.
function Get-RegistryValue {
    param([string] $Path, [string] $Name)

    $key = Get-Item -LiteralPath $Path -ErrorAction SilentlyContinue
    if ($null -eq $key) { return $null }
    return $key.GetValue($Name, $null)
}

function Get-TimeText {
    param([DateTime] $Time)

    $form = 'yyyy-MM-dd\THH\:mm\:ss\Z'
    return $Time.ToUniversalTime().ToString($form, [Globalization.CultureInfo]::InvariantCulture)
}

function Test-Administrator {
    $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
    $principal = New-Object -TypeName Security.Principal.WindowsPrincipal -ArgumentList $identity
    return $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}

# The name of a SID in this host's language; empty where it has none any more.
function Get-SidName {
    param([Security.Principal.SecurityIdentifier] $Sid)

    try { return $Sid.Translate([Security.Principal.NTAccount]).Value }
    catch { return '' }
}

function Get-HostPart {
    $system = Get-CimInstance -ClassName Win32_ComputerSystem
    $windows = Get-CimInstance -ClassName Win32_OperatingSystem
    $joined = [bool] $system.PartOfDomain
    $revision = Get-RegistryValue 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion' 'UBR'
    $machine = $null
    if ($windows.ProductType -ne 2) {
        $filter = "LocalAccount = TRUE AND SID LIKE 'S-1-5-21-%-500'"
        $first = Get-CimInstance -ClassName Win32_UserAccount -Filter $filter -ErrorAction SilentlyContinue |
            Select-Object -First 1
        if ($first) { $machine = $first.SID.Substring(0, $first.SID.LastIndexOf('-')) }
    }
    $cluster = $null
    if (Test-Path -LiteralPath 'HKLM:\Cluster') {
        $cluster = [string] (Get-RegistryValue 'HKLM:\Cluster' 'ClusterName')
    }
    return [ordered]@{
        name = $env:COMPUTERNAME
        fqdn = $(if ($joined) { $system.DNSHostName + '.' + $system.Domain } else { $null })
        domain = $(if ($joined) { $system.Domain } else { $null })
        machine_sid = $machine
        os = $windows.Caption
        build = $windows.Version + $(if ($null -ne $revision) { '.' + $revision } else { '' })
        language = [Globalization.CultureInfo]::InstalledUICulture.Name
        booted = Get-TimeText $windows.LastBootUpTime
        cluster = $cluster
        elevated = Test-Administrator
    }
}

function Get-HyperVPart {
    if (-not (Get-Command -Name Get-VMHost -ErrorAction SilentlyContinue)) {
        throw 'The Hyper-V module for Windows PowerShell is not installed'
    }
    $settings = Get-VMHost
    $authentication = [string] $settings.VirtualMachineMigrationAuthenticationType
    $number = switch ($authentication) {
        'CredSSP' { 0 }
        'Kerberos' { 1 }
        default { [int] $settings.VirtualMachineMigrationAuthenticationType }
    }
    return [ordered]@{
        migration_enabled = [bool] $settings.VirtualMachineMigrationEnabled
        authentication = $number
        authentication_name = $authentication
        maximum_migrations = [int] $settings.MaximumVirtualMachineMigrations
        maximum_storage_migrations = [int] $settings.MaximumStorageMigrations
        performance_option = [string] $settings.VirtualMachineMigrationPerformanceOption
        any_network = [bool] $settings.UseAnyNetworkForMigration
        networks = @(Get-VMMigrationNetwork | ForEach-Object { [string] $_.Subnet })
    }
}

function Get-AddressPart {
    $list = @(Get-NetIPAddress -AddressState Preferred |
            Where-Object { $_.IPAddress -ne '127.0.0.1' -and $_.IPAddress -ne '::1' } |
            ForEach-Object { '{0}/{1}' -f $_.IPAddress, $_.PrefixLength })
    return [ordered]@{ list = $list }
}

function Get-GuardPart {
    $guard = Get-CimInstance -Namespace 'root\Microsoft\Windows\DeviceGuard' -ClassName Win32_DeviceGuard
    return [ordered]@{
        configured = [bool] (@($guard.SecurityServicesConfigured) -contains 1)
        running = [bool] (@($guard.SecurityServicesRunning) -contains 1)
        lsa_cfg_flags = Get-RegistryValue 'HKLM:\SYSTEM\CurrentControlSet\Control\Lsa' 'LsaCfgFlags'
    }
}

# By ADSI: Get-LocalGroupMember fails where a member was deleted from the domain.
function Get-GroupMember {
    param([string] $Name)

    $group = [ADSI] ('WinNT://./' + $Name + ',group')
    foreach ($member in @($group.Invoke('Members'))) {
        $bytes = $member.GetType().InvokeMember('objectSid', 'GetProperty', $null, $member, $null)
        $sid = New-Object -TypeName Security.Principal.SecurityIdentifier -ArgumentList $bytes, 0
        [ordered]@{ sid = $sid.Value; name = Get-SidName $sid }
    }
}

function Get-GroupPart {
    $list = @(foreach ($sid in 'S-1-5-32-544', 'S-1-5-32-578', 'S-1-5-32-580') {
            $name = Get-SidName $sid
            if (-not $name) { continue } # not on this release of Windows
            $short = $name.Substring($name.IndexOf('\') + 1)
            [ordered]@{ sid = $sid; name = $short; members = @(Get-GroupMember $short) }
        })
    return [ordered]@{ list = $list }
}

function Get-ListeningPart {
    $ports = @(Get-NetTCPConnection -State Listen |
            Where-Object { $_.LocalAddress -ne '127.0.0.1' -and $_.LocalAddress -ne '::1' } |
            ForEach-Object { [int] $_.LocalPort } | Sort-Object -Unique)
    return [ordered]@{ ports = $ports }
}

# Whether a list of ports of a rule ("Any", "445", "5000-6000") holds this one.
function Test-PortList {
    param([object[]] $List, [int] $Port)

    foreach ($entry in $List) {
        if ("$entry" -match '^(\d+)(?:-(\d+))?$') {
            $last = $(if ($Matches[2]) { [int] $Matches[2] } else { [int] $Matches[1] })
            if ($Port -ge [int] $Matches[1] -and $Port -le $last) { return $true }
        }
    }
    return $false
}

# Whether a rule for any port may be for the services that listen on ours.
function Test-AnyProgram {
    param([string] $Program)

    return ($Program -eq 'Any' -or $Program -eq 'System' -or $Program -like '*\vmms.exe')
}

function Test-FirewallBlock {
    $used = @(Get-NetConnectionProfile -ErrorAction SilentlyContinue | ForEach-Object {
            if ("$($_.NetworkCategory)" -eq 'DomainAuthenticated') { 'Domain' } else { "$($_.NetworkCategory)" }
        })
    if ($used.Count -eq 0) { $used = @('Domain', 'Private', 'Public') }
    foreach ($one in Get-NetFirewallProfile -PolicyStore ActiveStore) {
        $open = "$($one.Enabled)" -eq 'False' -or "$($one.DefaultInboundAction)" -eq 'Allow'
        if ($open -and $used -contains $one.Name) { return $false }
    }
    return $true
}

function Get-FirewallPart {
    $ports = 445, 5985, 5986, 6600
    $names = @{}
    $programs = @{}
    $rules = @{}
    foreach ($port in $ports) { $rules[$port] = New-Object -TypeName 'System.Collections.Generic.List[string]' }
    foreach ($rule in Get-NetFirewallRule -PolicyStore ActiveStore -Enabled True -Direction Inbound -Action Allow) {
        $names[$rule.InstanceID] = $rule.Name
    }
    foreach ($filter in Get-NetFirewallApplicationFilter -PolicyStore ActiveStore) {
        $programs[$filter.InstanceID] = "$($filter.Program)"
    }
    foreach ($filter in Get-NetFirewallPortFilter -PolicyStore ActiveStore) {
        $name = $names[$filter.InstanceID]
        if (-not $name -or @('TCP', '6', 'Any') -notcontains "$($filter.Protocol)") { continue }
        $any = @($filter.LocalPort) -contains 'Any' -and (Test-AnyProgram $programs[$filter.InstanceID])
        foreach ($port in $ports) {
            if ($any -or (Test-PortList @($filter.LocalPort) $port)) { $rules[$port].Add($name) }
        }
    }
    return [ordered]@{
        blocks = Test-FirewallBlock
        allowed = @(foreach ($port in $ports) {
                [ordered]@{ port = $port; rules = @($rules[$port] | Sort-Object -Unique | Select-Object -First 50) }
            })
    }
}

# "*S-1-5-32-544" as it is; a name as its SID, where it has one.
function Get-Principal {
    param([string] $Text)

    if ($Text.StartsWith('*')) { return $Text }
    try {
        $account = New-Object -TypeName Security.Principal.NTAccount -ArgumentList $Text
        return '*' + $account.Translate([Security.Principal.SecurityIdentifier]).Value
    }
    catch { return $Text }
}

function Get-SecurityTemplate {
    $base = Join-Path -Path ([IO.Path]::GetTempPath()) -ChildPath ('kcdaudit-' + [Guid]::NewGuid())
    $template = $base + '.inf'
    $log = $base + '.log'
    try {
        $secedit = Join-Path -Path $env:SystemRoot -ChildPath 'System32\secedit.exe'
        $null = & $secedit /export /areas USER_RIGHTS /cfg $template /log $log /quiet
        if ($LASTEXITCODE -ne 0) { throw "secedit /export ended with $LASTEXITCODE" }
        return Get-Content -LiteralPath $template
    }
    finally {
        Remove-Item -LiteralPath $template, $log -Force -ErrorAction SilentlyContinue
    }
}

# A right that is not in the template is nobody's.
function Get-RightPart {
    if (-not (Test-Administrator)) { throw 'not run as administrator' }
    $lines = Get-SecurityTemplate
    $list = @(foreach ($right in 'SeNetworkLogonRight', 'SeDenyNetworkLogonRight', 'SeEnableDelegationPrivilege') {
            $line = $lines | Where-Object { $_ -match "^\s*$right\s*=" } | Select-Object -First 1
            $texts = @()
            if ($line) {
                $texts = @($line.Substring($line.IndexOf('=') + 1).Split(',') |
                        ForEach-Object { $_.Trim() } | Where-Object { $_ })
            }
            [ordered]@{ right = $right; principals = @($texts | ForEach-Object { Get-Principal $_ }) }
        })
    return [ordered]@{ list = $list }
}

# The offset against a domain controller, as w32tm /stripchart shows it.
function Get-ClockPart {
    param([string] $Domain)

    if (-not $Domain) { throw 'the host is not joined to a domain' }
    $w32tm = Join-Path -Path $env:SystemRoot -ChildPath 'System32\w32tm.exe'
    $sample = @(& $w32tm /stripchart "/computer:$Domain" /samples:1 /dataonly)
    $found = $sample | Where-Object { $_ -match ',\s*[+-]\d+[.,]\d+s\s*$' } | Select-Object -Last 1
    if (-not $found) { throw "w32tm got no time from $Domain" }
    $null = $found -match ',\s*([+-]\d+)[.,](\d+)s\s*$'
    $offset = [double]::Parse($Matches[1] + '.' + $Matches[2], [Globalization.CultureInfo]::InvariantCulture)
    $source = @(& $w32tm /query /source)
    return [ordered]@{ against = $Domain; source = "$($source[0])".Trim(); offset_seconds = $offset }
}

function Get-KerberosPart {
    $policy = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\Kerberos\Parameters'
    $lsa = 'HKLM:\SYSTEM\CurrentControlSet\Control\Lsa\Kerberos\Parameters'
    return [ordered]@{
        supported_encryption_types = Get-RegistryValue $policy 'SupportedEncryptionTypes'
        max_token_size = Get-RegistryValue $lsa 'MaxTokenSize'
    }
}

function Get-NtlmPart {
    $lsa = 'HKLM:\SYSTEM\CurrentControlSet\Control\Lsa'
    return [ordered]@{
        restrict_sending = Get-RegistryValue "$lsa\MSV1_0" 'RestrictSendingNTLMTraffic'
        restrict_receiving = Get-RegistryValue "$lsa\MSV1_0" 'RestrictReceivingNTLMTraffic'
        lm_compatibility_level = Get-RegistryValue $lsa 'LmCompatibilityLevel'
    }
}

# Asked while the service is stopped, the provider would offer to start it.
function Get-WinRMPart {
    if ("$((Get-Service -Name WinRM).Status)" -ne 'Running') { throw 'the service WinRM is not running' }
    return [ordered]@{
        trusted_hosts = [string] (Get-Item -LiteralPath 'WSMan:\localhost\Client\TrustedHosts').Value
        credssp_client = [string] (Get-Item -LiteralPath 'WSMan:\localhost\Client\Auth\CredSSP').Value -eq 'true'
        credssp_server = [string] (Get-Item -LiteralPath 'WSMan:\localhost\Service\Auth\CredSSP').Value -eq 'true'
    }
}

function Get-Fact {
    $machine = Get-HostPart
    $domain = [string] $machine.domain
    $facts = [ordered]@{
        schema = 'kcdaudit.facts/1'
        collector = [ordered]@{ name = 'Get-MigrationFacts.ps1'; version = '1' }
        collected = Get-TimeText ([DateTime]::UtcNow)
        host = $machine
        hyperv = Get-Part 'hyperv' { Get-HyperVPart }
        addresses = Get-Part 'addresses' { Get-AddressPart }
        credential_guard = Get-Part 'credential_guard' { Get-GuardPart }
        groups = Get-Part 'groups' { Get-GroupPart }
        listening = Get-Part 'listening' { Get-ListeningPart }
        firewall = Get-Part 'firewall' { Get-FirewallPart }
        rights = Get-Part 'rights' { Get-RightPart }
        clock = Get-Part 'clock' { Get-ClockPart $domain }
        kerberos = Get-Part 'kerberos' { Get-KerberosPart }
        ntlm = Get-Part 'ntlm' { Get-NtlmPart }
        winrm = Get-Part 'winrm' { Get-WinRMPart }
    }
    $facts.not_read = @($script:notRead)
    return ConvertTo-Json -InputObject $facts -Depth 8
}

# UTF-8 without a byte order mark, in either PowerShell.
function Write-FactFile {
    param([string] $Text)

    $machine = (ConvertFrom-Json -InputObject $Text).host
    $name = $(if ($machine.fqdn) { $machine.fqdn } else { $machine.name })
    $directory = (Resolve-Path -LiteralPath $OutputDirectory).ProviderPath
    $path = Join-Path -Path $directory -ChildPath ($name.ToLowerInvariant() + '.json')
    [IO.File]::WriteAllText($path, $Text, (New-Object -TypeName Text.UTF8Encoding -ArgumentList $false))
    Get-Item -LiteralPath $path
}

if ($ComputerName) {
    foreach ($name in $ComputerName) {
        try {
            $text = Invoke-Command -ComputerName $name -FilePath $PSCommandPath -ArgumentList '-'
            if ($OutputDirectory -eq '-') { $text } else { Write-FactFile ([string] $text) }
        }
        catch {
            Write-Warning -Message "$name`: $($_.Exception.Message)"
        }
    }
}
elseif ($OutputDirectory -eq '-') {
    Get-Fact
}
else {
    Write-FactFile (Get-Fact)
}
