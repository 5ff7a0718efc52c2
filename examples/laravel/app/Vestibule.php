<?php

// The OpenID Connect client in Laravel's own session, in place of PHP's.

namespace App;

use Illuminate\Http\Exceptions\HttpResponseException;
use Jumbojett\OpenIDConnectClient;

class Vestibule extends OpenIDConnectClient
{
    public function __construct()
    {
        parent::__construct(env('ISSUER'), env('CLIENT_ID'), env('CLIENT_SECRET'));
        $this->setRedirectURL(url('/callback'));
        $this->addScope(['profile', 'email', 'roles']);
        // Its default is a nonce and no PKCE. Earlier versions leave the secret out when PKCE is on.
        $this->setLeeway(120);
        if (str_starts_with(env('ISSUER'), 'http:')) {
            $this->setHttpUpgradeInsecureRequests(false);
        }
    }

    protected function startSession() {}

    protected function commitSession() {}

    protected function getSessionKey(string $key)
    {
        return session($key, false);
    }

    protected function setSessionKey(string $key, $value)
    {
        session([$key => $value]);
    }

    protected function unsetSessionKey(string $key)
    {
        session()->forget($key);
    }

    public function redirect(string $url)
    {
        throw new HttpResponseException(redirect()->away($url));
    }
}
