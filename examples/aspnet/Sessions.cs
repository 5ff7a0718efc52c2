// The app's sessions, on the server, so that they can end without the browser.
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

class Sessions : ITicketStore
{
    private readonly ConcurrentDictionary<string, AuthenticationTicket> tickets = new();

    public Task<string> StoreAsync(AuthenticationTicket ticket)
    {
        string id = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        tickets[id] = ticket;
        return Task.FromResult(id);
    }

    public Task RenewAsync(string key, AuthenticationTicket ticket)
    {
        // Not what has ended meanwhile.
        if (tickets.TryGetValue(key, out var before)) tickets.TryUpdate(key, ticket, before);
        return Task.CompletedTask;
    }

    public Task<AuthenticationTicket?> RetrieveAsync(string key) => Task.FromResult(tickets.GetValueOrDefault(key));

    public Task RemoveAsync(string key)
    {
        tickets.TryRemove(key, out _);
        return Task.CompletedTask;
    }

    // A token with a sid ends that session, one without ends every session of the person.
    public void End(string? sub, string? sid)
    {
        var (name, value) = sid is null ? ("sub", sub) : ("sid", sid);
        foreach (var (key, ticket) in tickets)
            if (value is not null && ticket.Principal.FindFirst(name)?.Value == value) tickets.TryRemove(key, out _);
    }
}
